/** Objects of this process, found by name until they are taken back or the process ends. */
import { NAMESERVER_PORT } from '../defaults.js'
import { discoveryOf, type Discovery } from '../discovery/discovery.js'
import { MDNS, type MdnsOptions } from '../discovery/trust.js'
import { ms, type Logger } from '../ports.js'
import { NameKeeper } from '../publishing/name-keeper.js'
import { InvalidParamsError, UnreachableError, type RollcallError } from '../rpc/errors.js'
import { META_RULES } from '../rpc/messages/request.js'
import { isObject } from '../json.js'
import { BOOLEAN, checkOptions, FUNCTION, TEXT_OR_TEXTS, TEXTS, TIMEOUT, type Rules } from '../rpc/options.js'
import { formatAddress, type Uri } from '../rpc/uri.js'
import { isServedAs, isServedNoMore } from '../rpc/handing/references.js'
import { surroundingCall } from './context.js'
import { DAEMON_RULES, type Daemon, type DaemonOptions } from './daemon.js'
import { openDaemon, type ServingSystem } from './open-daemon.js'

/** The options of a daemon, and where and how the names are registered. */
export interface ServeOptions extends DaemonOptions {
  /** Addresses of the name servers, `host:port`; the names are registered at each. Default `localhost:9090`. */
  readonly nameserver?: string | readonly string[] | undefined
  /**
   * Whether to look for name servers on the local network as well, and whose announcements to believe. `nameserver`
   * then has no default. Default false.
   */
  readonly mdns?: boolean | MdnsOptions | undefined
  /**
   * Whether other processes may serve objects under the same names; calls are then spread over all of them. Default
   * false.
   */
  readonly shared?: boolean | undefined
  /** The token for name servers that ask for one, and for processes that references lead to. Default none. */
  readonly token?: string | undefined
  /** Tags by which the names can be found: `meta:TAG`. Default none. */
  readonly metadata?: readonly string[] | undefined
  /** How long registering all names may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Called with a sentence that says why the names can't be registered yet. Default: a warning in the log. */
  readonly onWaiting?: ((why: string) => void) | undefined
  /** Called when another process has taken over or removed one of the names. Default: a warning in the log. */
  readonly onNameLost?: ((name: string, error: RollcallError) => void) | undefined
}

const RULES: Rules<ServeOptions> = {
  ...DAEMON_RULES,
  nameserver: TEXT_OR_TEXTS,
  mdns: MDNS,
  shared: BOOLEAN,
  token: META_RULES.token,
  metadata: TEXTS,
  timeoutMs: TIMEOUT,
  onWaiting: FUNCTION,
  onNameLost: FUNCTION,
}

const BEGIN_MS = 10_000

/**
 * Objects by the names under which they are found. A class stands for instances that are made as its `@behavior` says.
 */
export type ServedObjects = Readonly<Record<string, object>>

/**
 * Objects that are served. Their names are registered until it is closed; those of a process that was killed are gone
 * after a few seconds.
 */
export interface Service<Name extends string = string> extends AsyncDisposable {
  readonly daemon: Daemon
  readonly uris: Readonly<Record<Name, Uri>>
  /**
   * Unregisters the names, then closes the daemon, which lets running calls finish. Within one of these calls it
   * resolves as soon as the names are unregistered. Harmless when called again.
   */
  close(): Promise<void>
}

/** {@link serve} on whatever has these ports. */
export async function serveOn<Objects extends ServedObjects>(
  system: ServingSystem,
  objects: Objects,
  options: ServeOptions,
  logger: Logger,
): Promise<Service<Extract<keyof Objects, string>>> {
  checkOptions('serve', options, RULES)
  if (!isObject(objects) || Object.keys(objects).length === 0)
    throw new InvalidParamsError('serve takes objects by their names: serve({ greeter: new Greeter() })')
  const discovery = await discoveryOf({ ...system, logger }, options.mdns)
  const names = keeperOf(system, options, logger, discovery)
  const daemon = await openDaemon(system, options, logger).catch(async (error: unknown) => {
    await Promise.all([names.close(), discovery?.close()])
    throw error
  })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    // Where a call of its own closes it, the daemon is to know that.
    surroundingCall()?.goOn()
    closing ??= Promise.all([names.close(), discovery?.close()]).then(() => {
      for (const [name, object] of Object.entries(objects)) isServedNoMore(object, name)
    })
    return closing.then(() => daemon.close())
  }
  try {
    const uris = Object.entries(objects).map(
      ([name, object]) => [name, daemon.register(object, { id: name })] as const,
    )
    const { shared: isShared = false, metadata = [] } = options
    const begun = names.begin(uris.map(([name, uri]) => ({ name, uri, isShared, metadata })))
    await inTime(begun, names, system, options, discovery)
    for (const [name, object] of Object.entries(objects)) isServedAs(object, name)
    return {
      daemon,
      uris: Object.fromEntries(uris) as Record<Extract<keyof Objects, string>, Uri>,
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function keeperOf(
  system: ServingSystem,
  options: ServeOptions,
  logger: Logger,
  discovery: Discovery | undefined,
): NameKeeper {
  const { onWaiting, onNameLost: onLost, token: ownToken } = options
  const nameservers = placesOf(options)
  return new NameKeeper({ ...system, nameservers, logger, onWaiting, onLost, discovery, ownToken })
}

function placesOf({ nameserver, mdns = false }: ServeOptions): readonly string[] {
  const byDefault = mdns === false ? [`localhost:${NAMESERVER_PORT}`] : []
  return nameserver === undefined ? byDefault : [nameserver].flat()
}

/** Rejects when nobody has registered the names by then, or somebody else has one of them for as long. */
function inTime(
  begun: Promise<void>,
  names: Pick<NameKeeper, 'taken'>,
  { clock }: ServingSystem,
  options: ServeOptions,
  discovery: Discovery | undefined,
): Promise<void> {
  const { timeoutMs = BEGIN_MS } = options
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms(timeoutMs), () =>
      reject(names.taken ?? unregistered(placesOf(options), timeoutMs, discovery)),
    )
    begun.then(resolve, reject).finally(() => timer.cancel())
  })
}

function unregistered(
  given: readonly string[],
  timeoutMs: number,
  discovery: Discovery | undefined,
): UnreachableError {
  const places = [...given, ...(discovery?.nameservers.map(formatAddress) ?? [])]
  const where = places.length === 0 ? 'anywhere, as mDNS has found no name server' : `at ${places.join(', ')}`
  return new UnreachableError(
    `serve: the names could not be registered within ${timeoutMs} ms ${where}${discovery?.unbelieved ?? ''}: start a name server there ` +
      `(\`rollcall nameserver\`), say with nameserver where it is, or serve without names, with startDaemon()`,
  )
}
