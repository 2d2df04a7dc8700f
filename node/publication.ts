/**
 * Keeps the name server informed: the node's own name always, and while this member serves as leader the leader's
 * name and those of the replicated objects. Nothing in consensus waits for it.
 */
import { DEFAULT_CLUSTER, NAMESERVER_OBJECT } from '../lib/defaults.js'
import type { Fence, NameServerApi } from '../lib/names.js'
import type { Clock, Logger, Random, Timer, Transport } from '../lib/ports.js'
import { ms } from '../lib/ports.js'
import type { Replica } from '../lib/replica/replica.js'
import { Backoff } from '../lib/rpc/backoff.js'
import { Caller } from '../lib/rpc/caller.js'
import { NameTakenError, StaleTermError } from '../lib/rpc/errors.js'
import { createProxy, type Remote } from '../lib/rpc/proxy.js'
import { formatUri, parseHostPort, parseUri, type Uri } from '../lib/rpc/uri.js'

export interface PublicationOptions {
  /** The node's name and its member object's id. */
  readonly id: string
  readonly uri: Uri
  readonly cluster: string
  /** The replicated objects' names. */
  readonly objects: readonly string[]
  /** `host:port` of each name server. */
  readonly nameservers: readonly string[]
  readonly replica: Pick<Replica, 'status' | 'isServing' | 'onChange'>
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** How long a registration lives without renewal, and how often it is renewed, in ms. */
const LEASE_MS = 30_000
const RENEWAL_MS = 10_000
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 2_000
const CALL_TIMEOUT_MS = 2_000

interface Registration {
  readonly name: string
  readonly uri: Uri
  readonly fence?: Fence
}

export class Publication {
  readonly #options: PublicationOptions
  readonly #caller: Caller
  readonly #nameserver: Remote<NameServerApi>
  readonly #backoff: Backoff
  readonly #unsubscribe: () => void
  #timer: Timer | undefined
  #isRunning = false
  #isDue = false
  #isStopped = false
  #isAway = false

  constructor(options: PublicationOptions) {
    this.#options = options
    const { transport, clock, random, logger, nameservers } = options
    const [first = ''] = nameservers
    const uri = formatUri(NAMESERVER_OBJECT, parseHostPort(first))
    this.#caller = new Caller({
      transport,
      clock,
      random,
      logger,
      resolve: () => Promise.resolve(uri),
      forget: () => undefined,
    })
    this.#nameserver = createProxy<NameServerApi>((method, params) =>
      this.#caller.call({ uri }, method, params, { timeoutMs: CALL_TIMEOUT_MS }),
    )
    this.#backoff = new Backoff(random, RETRY_FIRST_MS, RETRY_MAX_MS)
    this.#unsubscribe = options.replica.onChange(() => this.#publishSoon())
    this.#publishSoon()
  }

  stop(): void {
    this.#isStopped = true
    this.#unsubscribe()
    this.#timer?.cancel()
    this.#caller.close()
  }

  #publishSoon(): void {
    this.#isDue = true
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    this.#timer?.cancel()
    let pause = RENEWAL_MS
    while (this.#isDue && !this.#isStopped) {
      this.#isDue = false
      pause = (await this.#publish()) ? RENEWAL_MS : this.#backoff.next()
    }
    this.#isRunning = false
    if (!this.#isStopped) this.#timer = this.#options.clock.after(ms(pause), () => this.#publishSoon())
  }

  /** Whether the name server has answered. */
  async #publish(): Promise<boolean> {
    const outcomes = await Promise.all(
      this.#registrations().map((registration) => this.#register(registration)),
    )
    const answered = outcomes.every(Boolean)
    if (answered) this.#backoff.reset()
    this.#noteAbsence(!answered)
    return answered
  }

  #registrations(): readonly Registration[] {
    const { id, uri, cluster, objects, replica } = this.#options
    const own: Registration = { name: id, uri }
    const { clusterId, term } = replica.status()
    if (!replica.isServing || clusterId === null) return [own]
    const fence = { clusterId, term }
    const { address } = parseUri(uri)
    const prefix = cluster === DEFAULT_CLUSTER ? '' : `${cluster}.`
    const published = objects.map((name) => ({
      name: `${prefix}${name}`,
      uri: formatUri(name, address),
      fence,
    }))
    return [own, { name: `${cluster}.leader`, uri, fence }, ...published]
  }

  /** Whether the name server has answered, be it with a refusal. */
  async #register({ name, uri, fence }: Registration): Promise<boolean> {
    try {
      await this.#nameserver.register(name, uri, { ttlMs: LEASE_MS, ...(fence && { fence }) })
      return true
    } catch (error) {
      if (error instanceof StaleTermError) {
        this.#options.logger.debug(`the name server knows a newer leader: ${error.message}`)
        return true
      }
      if (!(error instanceof NameTakenError)) return false
      this.#options.logger.warn(`${name} is not published: ${error.message}`)
      return true
    }
  }

  #noteAbsence(isAway: boolean): void {
    if (isAway === this.#isAway || this.#isStopped) return
    this.#isAway = isAway
    const { logger, nameservers } = this.#options
    if (isAway) logger.warn(`no name server answers at ${nameservers.join(', ')}; trying on`)
    else logger.info('registered at the name server')
  }
}
