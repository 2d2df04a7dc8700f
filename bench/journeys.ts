/**
 * How many files and functions of a member one call enters, heartbeats included: V8's precise coverage between two
 * marks. `--list` prints their names, too.
 */
import { connect, type Rollcall } from '../api.js'
import type { Teardown } from '../test/harness/cluster.js'
import { freePorts, Running, temporaryFolder } from '../test/harness/processes.js'
import { pause, until } from '../test/harness/until.js'
import { MeasuredMember } from './measured-member.js'
import type { Entered } from './measured.js'
import { say, target } from './report.js'

const WARM_CALLS = 50
const ROUNDS = 21
/** From mark to mark: the call and two heartbeats. */
const WINDOW_MS = 110

interface Kv {
  set(key: string, value: number): unknown
  get(key: string): unknown
}

interface Journey {
  readonly what: string
  readonly role: 'leader' | 'follower'
  readonly call: 'set' | 'get'
  readonly filesMax: number
  readonly functionsMax: number
}

/** The limits are three quarters of what was measured when calls were first followed this way. */
const JOURNEYS: readonly Journey[] = [
  { what: 'a command at the leader', role: 'leader', call: 'set', filesMax: 65, functionsMax: 264 },
  { what: 'a command at a follower', role: 'follower', call: 'set', filesMax: 53, functionsMax: 212 },
  { what: 'a query at the leader', role: 'leader', call: 'get', filesMax: 43, functionsMax: 144 },
]

export async function journeys(teardown: Teardown, list: boolean): Promise<void> {
  const cluster = await MeasuredCluster.start(teardown)
  for (const journey of JOURNEYS) report(journey, await cluster.follow(journey), list)
}

function report({ what, filesMax, functionsMax }: Journey, entered: readonly Entered[], list: boolean): void {
  const files = new Set(entered.map(({ file }) => file))
  const limits = `at most ${filesMax} files, ${functionsMax} functions`
  say(what, `${files.size} files, ${entered.length} functions`, limits)
  target(`${what}: ${limits}`, files.size <= filesMax && entered.length <= functionsMax)
  if (!list) return
  for (const file of [...files].sort()) {
    const names = entered.filter((one) => one.file === file).map(({ name, offset }) => `${name}@${offset}`)
    process.stdout.write(`    ${file.padEnd(44)} ${names.join(' ')}\n`)
  }
}

class MeasuredCluster {
  private constructor(
    readonly members: ReadonlyMap<string, MeasuredMember>,
    readonly client: Rollcall,
  ) {}

  static async start(teardown: Teardown): Promise<MeasuredCluster> {
    const folder = temporaryFolder(teardown)
    const [nameserverPort = 0, ...ports] = await freePorts(5)
    const nameserver = `localhost:${nameserverPort}`
    const uris = ports.map((port, i) => `node${i + 1}@localhost:${port}`)
    const place = ['--nameserver', nameserver, '--members', uris.join(','), '--log-level', 'error']
    const server = new Running(['nameserver', '--port', String(nameserverPort)], folder)
    teardown.teardown(() => server.kill())
    const ids = uris.map((uri) => uri.slice(0, uri.indexOf('@')))
    const members = new Map(ids.map((id) => [id, new MeasuredMember(['node', id, ...place], folder)]))
    teardown.teardown(() => Promise.all([...members.values()].map((member) => member.kill())))
    const client = await connect({ nameserver, members: uris, timeoutMs: 30_000 })
    teardown.teardown(() => client.close())
    return new MeasuredCluster(members, client)
  }

  /** What ran in three rounds of four: what comes round now and then on its own account is no part of a journey. */
  async follow({ role, call }: Journey): Promise<readonly Entered[]> {
    const kv = this.client.object<Kv>('kv')
    const run = (n: number): unknown => (call === 'set' ? kv.set(`key${n}`, n) : kv.get(`key${n}`))
    for (let n = 0; n < WARM_CALLS; n++) await run(n)
    const rounds: (readonly Entered[])[] = []
    while (rounds.length < ROUNDS) rounds.push(await this.#round(role, () => run(rounds.length)))
    return inThreeOfFour(rounds)
  }

  async #round(role: Journey['role'], call: () => unknown): Promise<readonly Entered[]> {
    const member = await this.#member(role)
    await member.entered()
    const window = pause(WINDOW_MS)
    await call()
    await window
    return member.entered()
  }

  /** Waits for one: a leader may just have lost its office. */
  #member(role: Journey['role']): Promise<MeasuredMember> {
    return until(`a member that is a ${role}`, async () => {
      const views = await this.client.status()
      const found = views.find((view) => view.reachable && view.role === role)
      return found && this.members.get(found.id)
    })
  }
}

function inThreeOfFour(rounds: readonly (readonly Entered[])[]): readonly Entered[] {
  const byKey = new Map<string, { readonly entered: Entered; rounds: number }>()
  for (const entered of rounds.flat()) {
    const key = `${entered.file}:${entered.offset}`
    const seen = byKey.get(key) ?? { entered, rounds: 0 }
    seen.rounds += 1
    byKey.set(key, seen)
  }
  return [...byKey.values()]
    .filter((seen) => seen.rounds * 4 >= rounds.length * 3)
    .map(({ entered }) => entered)
}
