/** A real name server in this process, in a folder and on a port of its own, and a caller of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { rmSync } from 'node:fs'
import type { Json } from '../../lib/json.js'
import type { NameServerApi } from '../../lib/names.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import {
  NameNotFoundError,
  NoQuorumError,
  NotLeaderError,
  OutcomeUnknownError,
} from '../../lib/rpc/errors.js'
import { createProxy, type Remote } from '../../lib/rpc/proxies/proxy.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import type { NameServer } from '../../nameserver/host-name-server.js'
import { startNameServer } from '../../nameserver/server.js'
import { silent } from '../harness/ports.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'

export interface Teardown {
  teardown(task: () => unknown): void
}

export const ports = {
  transport: createTransport(),
  clock: systemClock,
  random: systemRandom,
  logger: silent,
}

const LEAD_LOST = [OutcomeUnknownError, NoQuorumError, NotLeaderError]

export class NameServerScene {
  readonly connection: Connection
  readonly names: Remote<NameServerApi>
  #server: NameServer | undefined

  private constructor(
    readonly port: number,
    readonly folder: string,
  ) {
    this.connection = new Connection({ address: { kind: 'tcp', host: '127.0.0.1', port }, ...ports })
    this.names = createProxy((method, params) => this.#patiently(`nameserver.${method}`, params))
  }

  /** With its port free, its folder empty, and no name server there yet. */
  static async prepare(t: Teardown): Promise<NameServerScene> {
    const folder = temporaryFolder(t)
    const [port = 0] = await freePorts(1)
    const scene = new NameServerScene(port, folder)
    t.teardown(() => scene.#end())
    return scene
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<NameServer> {
    this.#server = await startNameServer({ port: this.port, data: this.folder, logger: silent })
    await until(() => this.names.ping().catch(() => undefined))
    return this.#server
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  wipe(): void {
    rmSync(this.folder, { recursive: true })
  }

  /** The name's URI, as soon as somebody has registered it. */
  async registered(name: string): Promise<string> {
    return until(() => this.names.lookup(name).catch(() => undefined))
  }

  async gone(name: string): Promise<void> {
    await until(() =>
      this.names.lookup(name).then(
        () => undefined,
        (error: unknown) => error instanceof NameNotFoundError || undefined,
      ),
    )
  }

  /** Again after a disk that was slow has cost the leader its lead: what tests call here may run twice. */
  async #patiently(method: string, params: readonly Json[]): Promise<Json> {
    for (;;) {
      try {
        return await this.connection.call(method, params)
      } catch (error) {
        if (!LEAD_LOST.some((Lost) => error instanceof Lost)) throw error
        await pause(10)
      }
    }
  }

  async #end(): Promise<void> {
    this.connection.close()
    await this.stop()
  }
}

/** Asks until there is an answer; tap's own timeout is the limit. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await pause(10)
  }
}
