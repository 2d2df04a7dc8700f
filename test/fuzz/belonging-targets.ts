/** Who belongs to a cluster: a member after its removal, and whoever a client meets at an address. */
import fc from 'fast-check'
import { isList, membersOf as jsonMembers, type Json } from '../../lib/json.js'
import { Greetings } from '../../lib/client/greetings.js'
import { membersOf } from '../../lib/raft/quorum.js'
import { serverId } from '../../lib/raft/types.js'
import type { Replica } from '../../lib/replica/replica.js'
import { RollcallError, UnreachableError } from '../../lib/rpc/errors.js'
import { LoneMember, uris } from '../replica/lone-member.js'
import { hostileJson } from './hostile-json.js'
import { scene } from './target.js'
import type { Target } from './target.js'

export const belongingTargets: readonly Target[] = [
  {
    name: 'a member that no configuration in the log names changes nothing, though its connection is open',
    runs: 100,
    open: () => Promise.resolve(scene(stories, playStory)),
  },
  {
    name: 'whatever is said at an address, a client calls there only members of its cluster',
    runs: 1000,
    open: () => Promise.resolve(scene(meetings, judgeMeetings)),
  },
]

const IDS = ['n1', 'n2', 'n3']
const [n3Connection, n3] = [{ kind: 'lines', remote: 'n3' } as const, serverId('n3')]
const hello = (id: string): Json => ({
  ...{ version: 1, cluster: 'test', clusterId: null, id, incarnation: `${id}-first` },
})
const identity: Json = ['identity', 'c', IDS.map((id) => [id, `${id}-first`])]
/** What n2 may append: changes of members there and back, and entries between them. */
const CONTENTS: readonly Json[] = [
  ['configuration', { voters: ['n1', 'n2'], outgoing: IDS, learners: [], uris }],
  ['configuration', { voters: ['n1', 'n2'], learners: [], uris }],
  ['configuration', { voters: IDS, outgoing: ['n1', 'n2'], learners: [], uris }],
  ['configuration', { voters: IDS, learners: [], uris }],
  ['configuration', { voters: ['n1', 'n2'], learners: ['n3'], uris }],
  ['empty'],
]

type Step =
  | { readonly kind: 'append'; readonly content: Json; readonly isCommitted: boolean }
  | { readonly kind: 'say'; readonly method: string; readonly term: number }

const METHODS = [
  'requestVote',
  'preVote',
  'appendEntries',
  'address',
  'digest',
  'digestOfEvents',
  'parted',
  'vouch',
  'timeoutNow',
]
const stories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('append' as const),
      content: fc.constantFrom(...CONTENTS),
      isCommitted: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('say' as const),
      method: fc.constantFrom(...METHODS),
      term: fc.integer({ min: 1, max: 9 }),
    }),
  ),
  { minLength: 2, maxLength: 12 },
)

async function playStory(steps: readonly Step[]): Promise<void> {
  const member = new LoneMember()
  member.hears = false
  const replica = await member.start()
  await member.say(replica, 'hello', hello('n2'))
  await member.say(replica, 'hello', hello('n3'), n3Connection)
  let last = 0
  const append = async (content: Json, isCommitted: boolean): Promise<void> => {
    const entry: Json = [last + 1, 1, ...(isList(content) ? content : [])]
    const said = member.say(replica, 'appendEntries', appended(last, [entry], isCommitted ? last + 1 : 0))
    await member.pass(20)
    const answer = await said
    if (!(answer instanceof Error)) last = replica.raft.view.lastLogIndex
  }
  await append(identity, true)
  for (const step of steps) {
    if (step.kind === 'append') await append(step.content, step.isCommitted)
    else await speak(member, replica, step.method, step.term)
  }
  await replica.stop()
}

const appended = (prevLogIndex: number, entries: readonly Json[], leaderCommit: number): Json => ({
  ...{ version: 1, term: 1, leaderId: 'n2', prevLogIndex, prevLogTerm: Math.min(prevLogIndex, 1) },
  ...{ entries, leaderCommit, round: 1 },
})

async function speak(member: LoneMember, replica: Replica, method: string, term: number): Promise<void> {
  const { configurations, leaderId } = replica.raft.view
  const belongs = configurations.some((each) => membersOf(each).includes(n3)) || leaderId === n3
  const before = replica.status()
  const said = member.say(replica, method, sentence(method, term), n3Connection)
  await member.pass(5)
  if (belongs) return
  const [answer, after] = [await said, replica.status()]
  if (!(answer instanceof RollcallError)) throw new Error(`${method} was answered ${JSON.stringify(answer)}`)
  if (before.term !== after.term || before.lastIndex !== after.lastIndex)
    throw new Error(`${method} changed ${JSON.stringify(before)} to ${JSON.stringify(after)}`)
}

function sentence(method: string, term: number): Json {
  const log = { lastLogIndex: 1000, lastLogTerm: term - 1, transfer: true }
  switch (method) {
    case 'requestVote':
    case 'preVote':
      return { version: 1, term, candidateId: 'n3', ...log }
    case 'appendEntries':
      return { ...appendedBy3(term) }
    case 'timeoutNow':
      return { version: 1, term, leaderId: 'n3' }
    default:
      return method === 'address' ? 'n3@localhost:1' : 1
  }
}

const appendedBy3 = (term: number): { readonly [name: string]: Json } => ({
  ...{ version: 1, term, leaderId: 'n3', prevLogIndex: 0, prevLogTerm: 0, entries: [] },
  ...{ leaderCommit: 0, round: 1 },
})

const clusters = fc.constantFrom<Json>('mine', 'mine', 'mine', 'other', '', null)
const clusterIds = fc.constantFrom<Json>('c-1', 'c-2', null)
const identities: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      cluster: clusters,
      clusterId: clusterIds,
      clusterIdInLog: clusterIds,
      member: fc.constant('n1'),
      version: fc.constant(1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      cluster: clusters,
      clusterId: clusterIds,
      member: fc.constant('n1'),
      version: fc.constant(1),
    }),
  },
  { weight: 1, arbitrary: hostileJson.map((text): Json => JSON.parse(text) as Json) },
)
const meetings = fc.array(identities, { minLength: 1, maxLength: 6 })

async function judgeMeetings(met: readonly Json[]): Promise<void> {
  const greetings = new Greetings('mine', { confirm: () => Promise.resolve(), met: () => undefined })
  for (const who of met) {
    const known = greetings.clusterId
    const isTaken = await greetings
      .own(() => Promise.resolve(who), { kind: 'tcp', host: 'localhost', port: 1 })
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof UnreachableError) return false
          throw error
        },
      )
    if (isTaken) demandOwn(who, known)
    if (!isTaken && greetings.clusterId !== known)
      throw new Error('a stranger has taught it the cluster’s id')
  }
}

/** Whoever is no member at all, such as a program that somebody registered, belongs to no cluster. */
function demandOwn(who: Json, known: string | undefined): void {
  const { cluster, clusterId, clusterIdInLog, member } = jsonMembers(who)
  if (typeof cluster !== 'string' || typeof member !== 'string') return
  const said = clusterId ?? clusterIdInLog ?? known
  if (cluster !== 'mine') throw new Error(`a member of ${JSON.stringify(cluster)} is taken for one of "mine"`)
  if (known !== undefined && said !== known)
    throw new Error(`one of ${JSON.stringify(said)} is taken for one of ${known}`)
}
