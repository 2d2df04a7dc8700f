/**
 * Where a member looks for another one that is not where it was, and what it says of one that refuses. Time is virtual.
 */
import t from 'tap'
import { isList, membersOf, type Json } from '../../../lib/json.js'
import { helloOf, helloToJson, readHello } from '../../../lib/replica/members/hello.js'
import { stranger } from '../../../lib/replica/members/hello-refusals.js'
import { Peers } from '../../../lib/replica/members/peers.js'
import { Proof, type MemberDoor } from '../../../lib/replica/members/proof.js'
import { incarnation, logIndex, serverId, term, type RaftView } from '../../../lib/raft/index.js'
import { Daemon } from '../../../lib/rpc/channels/daemon.js'
import { UnauthorizedError } from '../../../lib/rpc/errors.js'
import type { CallContext, Handler } from '../../../lib/rpc/exposed.js'
import { Network } from '../../../testing/simulator/network.js'
import { PEACE } from '../../../testing/simulator/paths.js'
import { SimulatedProcess } from '../../../testing/simulator/process.js'
import { World } from '../../../testing/simulator/world.js'
import { EntryRuns } from '../../../lib/storage/entry-runs.js'
import { systemRandom } from '../../../lib/system/random.js'
import { systemSecrets } from '../../../lib/system/secrets.js'
import { RecordingLogger } from '../../harness/ports.js'
import { Driver, logOf, names, optionsFor } from '../../raft/driver.js'
import { objectOf } from '../../rpc/rig.js'

const [n1, n2] = [serverId('n1'), serverId('n2')]
/** Virtual milliseconds. */
const SILENCE_MS = 150
const HEARTBEAT_MS = 50
const [HOME, ELSEWHERE] = [9102, 9202]

function viewOf(id: typeof n1): RaftView {
  const voters = names(3)
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const { view } = new Driver(optionsFor(id, voters), { hardState, entries: logOf([1], voters) })
  return { ...view, configuration: { ...view.configuration, uris: { n2: `n2@localhost:${HOME}` } } }
}

function hello(id: typeof n1) {
  return helloOf(
    { cluster: 'test', incarnation: incarnation(`${id}-first`), priority: 0, classes: undefined },
    viewOf(id),
  )
}

/** n1, which has a heartbeat for n2 again and again, and who is where n2 may be. */
class Scene {
  readonly world = new World(1)
  readonly logger = new RecordingLogger()
  readonly greetings = new Map<number, number>()
  told = 0
  readonly #network = new Network(this.world, PEACE)
  #peers: Peers | undefined

  /** `pauseMs`: between its heartbeats. */
  constructor(
    elsewhere: readonly number[],
    private readonly pauseMs = HEARTBEAT_MS,
    door?: MemberDoor,
  ) {
    this.#process('n1', async (ports) => {
      const peers = new Peers({
        ...ports,
        logger: this.logger,
        hello: () => hello(n1),
        view: () => viewOf(n1),
        greeted: () => undefined,
        take: () => undefined,
        runs: new EntryRuns(),
        elsewhere: () => elsewhere.map((port) => `n2@localhost:${port}`),
        ownFolderLost: () => undefined,
        toldOfRemoval: () => this.told++,
        requestTimeoutMs: 1200,
        silenceMs: SILENCE_MS,
        door,
      })
      this.#peers = peers
      return { stop: async () => peers.close() }
    }).start()
    this.#beat()
  }

  /** Whoever listens there answers the hello so. */
  at(
    port: number,
    answer: (params: readonly Json[], context: CallContext) => Json,
    proof?: Proof,
    appendEntries: Handler = () => null,
  ): SimulatedProcess {
    const process = this.#process(`at ${port}`, async ({ transport, clock, logger }) => {
      const daemon = new Daemon({ transport, clock, logger })
      const greet: Handler = (params, context) => {
        this.greetings.set(port, this.greeted(port) + 1)
        return answer(params, context)
      }
      const challenge: Handler = (_, { connection }) => proof?.challenge(connection)
      daemon.host.register('n2', objectOf({ hello: greet, appendEntries, ...(proof && { challenge }) }))
      await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port })
      return { stop: () => daemon.close() }
    })
    process.start()
    return process
  }

  greeted(port: number): number {
    return this.greetings.get(port) ?? 0
  }

  /** To n2, with the entry at `index` if there is one. */
  append(round: number, leaderCommit: number, index?: number): void {
    const entries =
      index === undefined ? [] : [{ kind: 'empty', index: logIndex(index), term: term(1) } as const]
    const after = { prevLogIndex: logIndex((index ?? 1) - 1), prevLogTerm: term(1) }
    const message = { term: term(1), leaderId: n1, leaderCommit: logIndex(leaderCommit), round } as const
    this.#peers?.send({ to: n2, message: { type: 'appendEntries', ...message, ...after, entries } })
  }

  /** Once that is known: what n2 answers. */
  ask(method: string): Promise<Json> {
    return this.#peers?.ask(n2, method, []) ?? Promise.reject(new Error('n1 has ended'))
  }

  /** Of n2's place, as often as n1 asks at once. */
  isDeserted(times: number): readonly (Promise<boolean> | undefined)[] {
    return Array.from({ length: times }, () => this.#peers?.isDeserted(n2))
  }

  /** n2 has said that it is there now. */
  moved(port: number): void {
    this.#peers?.moved(n2, `n2@localhost:${port}`)
  }

  get refused(): readonly string[] {
    return [...(this.#peers?.refusals.keys() ?? [])]
  }

  get warnings(): readonly string[] {
    return this.logger.lines.filter((line) => line.includes('no understanding'))
  }

  pass(milliseconds: number): Promise<void> {
    return this.world.run(this.world.now + milliseconds, () => undefined)
  }

  #beat(): void {
    const at = { lastLogIndex: logIndex(0), lastLogTerm: term(0) }
    this.#peers?.send({ to: n2, message: { type: 'preVote', term: term(1), candidateId: n1, ...at } })
    this.world.after(this.pauseMs, () => this.#beat())
  }

  #process(
    name: string,
    program: ConstructorParameters<typeof SimulatedProcess>[0]['program'],
  ): SimulatedProcess {
    return new SimulatedProcess({
      world: this.world,
      network: this.#network,
      name,
      kind: 'processes',
      program,
    })
  }
}

const welcome = (): Json => helloToJson(hello(n2))

t.test('bug: a member that was about to come back was looked for elsewhere at once', async (t) => {
  const scene = new Scene([ELSEWHERE])
  const home = scene.at(HOME, welcome)
  scene.at(ELSEWHERE, welcome)
  await scene.pass(100)
  home.kill()
  await scene.pass(SILENCE_MS / 2)
  home.start()
  await scene.pass(10 * SILENCE_MS)
  t.equal(scene.greeted(ELSEWHERE), 0)
  home.kill()
  await scene.pass(3 * SILENCE_MS)
  t.equal(scene.greeted(ELSEWHERE), 1)
})

t.test('who asks again whether a place is deserted while one knocks there hears the same', async (t) => {
  const scene = new Scene([])
  const home = scene.at(HOME, welcome)
  await scene.pass(100)
  home.kill()
  const [first, second] = scene.isDeserted(2)
  t.equal(first, second)
  await scene.pass(100)
  t.equal(await first, true)
  home.start()
  await scene.pass(100)
  const [later] = scene.isDeserted(1)
  t.not(later, first, 'it may have come back since')
  await scene.pass(2 * SILENCE_MS)
  t.equal(await later, false)
})

t.test('bug: a member that refuses was left for another place, and warned of without end', async (t) => {
  const scene = new Scene([ELSEWHERE])
  scene.at(HOME, () => {
    throw stranger(n1, n2)
  })
  scene.at(ELSEWHERE, welcome)
  await scene.pass(20 * SILENCE_MS)
  t.equal(scene.greeted(ELSEWHERE), 0)
  t.equal(scene.warnings.length, 1)
})

t.test(
  'a place where another cluster is by now is left, and warned of once however often it is tried',
  async (t) => {
    const scene = new Scene([ELSEWHERE])
    const another = new UnauthorizedError('n2 belongs to cluster west, not to test')
    scene.at(HOME, () => {
      throw another
    })
    scene.at(ELSEWHERE, () => {
      throw another
    })
    await scene.pass(20 * SILENCE_MS)
    t.ok(scene.greeted(ELSEWHERE) > 0)
    const tried = scene.greeted(HOME)
    await scene.pass(20 * SILENCE_MS)
    t.ok(scene.greeted(HOME) > tried, 'it may come back')
    t.equal(scene.warnings.length, 2, 'at either place')
  },
)

t.test(
  'bug: a refusal was told of long after its reason, by who had nothing more to say there',
  async (t) => {
    const scene = new Scene([], 3_600_000)
    let isStranger = true
    const home = scene.at(HOME, () => {
      if (isStranger) throw stranger(n1, n2)
      return welcome()
    })
    await scene.pass(3_000)
    t.same(scene.refused, ['n2'])
    home.kill()
    await scene.pass(30_000)
    t.same(scene.refused, ['n2'], 'nobody knows better')
    isStranger = false
    home.start()
    await scene.pass(3_000)
    t.same(scene.refused, [])
    const greeted = scene.greeted(HOME)
    await scene.pass(60_000)
    t.equal(scene.greeted(HOME), greeted, 'and it is asked no more')
    t.equal(scene.warnings.length, 1)
  },
)

t.test('whoever has shown what counts no more is greeted anew, and shows what he has now', async (t) => {
  let tokens: readonly string[] = ['the-first-token-of-all', 'the-second-token-of-all']
  const proof = (): Proof => new Proof({ secrets: systemSecrets, random: systemRandom, tokens: () => tokens })
  const door = { proof: proof(), isMember: () => false, asOf: () => undefined }
  const scene = new Scene([], HEARTBEAT_MS, door)
  const own = proof()
  const sealed = ([json, said]: readonly Json[], { connection }: CallContext): Json => {
    const { nonces } = own.judge({ by: readHello(json), json: membersOf(json) }, n2, said, connection)
    const answer = { by: hello(n2), json: welcome() }
    return { ...membersOf(answer.json), seal: own.answer(answer, n1, nonces) }
  }
  scene.at(HOME, sealed, own)
  await scene.pass(3_000)
  t.equal(scene.greeted(HOME), 1)
  tokens = tokens.slice(0, 1)
  await scene.pass(3_000)
  t.equal(scene.greeted(HOME), 1, 'the token by which it was believed counts still')
  tokens = ['the-second-token-of-all']
  await scene.pass(3_000)
  t.equal(scene.greeted(HOME), 2)
})

/** n2, whose certificate is a member's for as long as the table says so, and what it answers to a request. */
function byCertificate(answer: Handler) {
  const rows = { table: { n2: true } }
  const door = { proof: undefined, isMember: () => rows.table.n2, asOf: () => rows.table }
  const scene = new Scene([], HEARTBEAT_MS, door)
  scene.at(HOME, welcome, undefined, answer)
  return { rows, scene }
}

t.test('a member whose row is gone is one no more where it is dialled, until the row is back', async (t) => {
  const { rows, scene } = byCertificate(() => null)
  await scene.pass(3_000)
  t.equal(scene.greeted(HOME), 1)
  rows.table = { n2: false }
  await scene.pass(3_000)
  t.equal(scene.greeted(HOME), 1, 'nothing is said to it')
  t.same(scene.refused, ['n2'])
  rows.table = { n2: true }
  await scene.pass(3_000)
  t.equal(scene.greeted(HOME), 2)
  t.same(scene.refused, [])
})

t.test('bug: whoever had shown what counts no more was asked on, and its answer taken', async (t) => {
  const { rows, scene } = byCertificate(() => {
    rows.table = { n2: false }
    return 7
  })
  await scene.pass(1_000)
  const asked = t.rejects(scene.ask('appendEntries'), { label: 'UNAUTHORIZED', message: /is left/ })
  await scene.pass(100)
  await asked
  const again = t.rejects(scene.ask('appendEntries'), { label: 'UNAUTHORIZED', message: /is none$/ })
  await scene.pass(3_000)
  await again
})

void t.test('how far the log is committed is told with the next entries, or 2 ms later', async (t) => {
  const scene = new Scene([])
  const heard: unknown[] = []
  scene.at(HOME, welcome, undefined, ([message]) => {
    const { entries, leaderCommit } = membersOf(message)
    heard.push({ entries: isList(entries) ? entries.length : entries, leaderCommit })
    return null
  })
  await scene.pass(200)
  scene.append(7, 1, 2)
  await scene.pass(20)
  heard.length = 0

  scene.append(7, 2)
  await scene.pass(1)
  scene.append(7, 2, 3)
  await scene.pass(20)
  t.match(heard, [{ entries: 1, leaderCommit: 2 }], 'the entries say it, too')
  t.equal(heard.length, 1)

  scene.append(7, 3)
  const before = heard.length
  await scene.pass(1)
  t.equal(heard.length, before)
  await scene.pass(20)
  t.match(heard.at(-1), { entries: 0, leaderCommit: 3 })

  scene.append(8, 3)
  scene.append(8, 4)
  await scene.pass(20)
  t.equal(heard.length, 4, 'a heartbeat waits for nothing')
  t.match(heard.at(-1), { leaderCommit: 4 })
})

void t.test('bug: what was to be told of a commit was forgotten when the member moved', async (t) => {
  const scene = new Scene([], 1)
  const heard: unknown[] = []
  scene.at(HOME, welcome)
  scene.at(ELSEWHERE, welcome, undefined, ([message]) => {
    heard.push(membersOf(message)['leaderCommit'])
    return null
  })
  await scene.pass(200)
  scene.append(7, 1, 2)
  await scene.pass(20)
  scene.append(7, 2)
  scene.moved(ELSEWHERE)
  await scene.pass(200)
  t.same(heard, [2])
})
