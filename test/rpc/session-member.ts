/**
 * A member as a caller sees it, with the table of sessions that real ones have, and answers that can be made to go
 * wrong.
 */
import type { Json } from '../../lib/json.js'
import { fingerprint } from '../../lib/replica/sessions/kept-results.js'
import { Sessions } from '../../lib/replica/sessions/sessions.js'
import type { Daemon } from '../../lib/rpc/channels/daemon.js'
import type { CallMeta, ExposedMethod, Handler, MethodKind } from '../../lib/rpc/exposed.js'
import { formatUri } from '../../lib/rpc/uri.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { startDaemon } from './rig.js'

/** What happens to one command: `run` runs it as a replica would. */
export type Fate = (run: () => Json) => unknown

/** What all members of a cluster have in common. */
export class Cluster {
  readonly table = new Sessions()
  /** The first parameter of each command that has run. */
  readonly runs: Json[] = []
  opened = 0
  /** Calls of `session.close`. */
  readonly closed: string[] = []
  whenClosed: () => void = () => undefined
  #entries = 0

  open(): Json {
    this.opened += 1
    return { ...this.table.open(++this.#entries, 0, () => 0.5) }
  }

  close(id: string): boolean {
    this.closed.push(id)
    this.whenClosed()
    return this.table.close(id, 0)
  }

  run([name = null]: readonly Json[], { session, seq, firstOutstanding }: CallMeta): Json {
    const command = (): { value: Json } => ({
      value: `${JSON.stringify(name)} was run ${this.runs.push(name)}.`,
    })
    if (session === undefined || seq === undefined) return command().value
    const request = { session, seq, firstOutstanding, fingerprint: fingerprint(JSON.stringify(name)) }
    const result = this.table.run(request, 0, command)
    if ('error' in result) throw result.error
    return result.value
  }
}

export class Member {
  /** Those of the commands that came, in their order. */
  readonly metas: CallMeta[] = []
  /** Of the next commands; those after them are run. */
  readonly fates: Fate[] = []
  /** Takes the place of `session.open`. */
  opening: (() => Json) | undefined

  private constructor(
    readonly kv: Uri,
    readonly daemon: Daemon,
  ) {}

  static async start(
    t: { teardown(task: () => unknown): void },
    cluster: Cluster,
    clusterId: () => string | null = () => 'one',
  ): Promise<Member> {
    const member: { it?: Member } = {}
    const command: Handler = (params, { meta }) => {
      member.it?.metas.push(meta)
      const fate = member.it?.fates.shift() ?? ((run) => run())
      return fate(() => cluster.run(params, meta))
    }
    const { daemon, address } = await startDaemon({
      kv: {
        methods: new Map([
          ['set', method('command', command)],
          ['get', method('query', command)],
        ]),
        cluster: clusterId,
      },
      session: {
        methods: new Map([
          ['open', method('command', () => (member.it?.opening ?? (() => cluster.open()))())],
          ['keepAlive', method('command', ([id]) => cluster.table.keepAlive(textOf(id), 0))],
          ['close', method('command', ([id]) => cluster.close(textOf(id)))],
        ]),
      },
      plain: { methods: new Map([['set', method('plain', command)]]) },
    })
    t.teardown(() => daemon.close())
    return (member.it = new Member(formatUri('kv', address), daemon))
  }
}

function method(kind: MethodKind, handler: Handler): ExposedMethod {
  return { kind, handler }
}

function textOf(id: Json | undefined): string {
  return typeof id === 'string' ? id : ''
}
