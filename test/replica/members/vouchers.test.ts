/** Who comes with another folder than the one that a member knows: back after its removal, or wiped. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { Incarnation, RaftView, ServerId } from '../../../lib/raft/index.js'
import { incarnation, logIndex, serverId, start, term } from '../../../lib/raft/index.js'
import { UnauthorizedError } from '../../../lib/rpc/errors.js'
import { helloOf, judge } from '../../../lib/replica/members/hello.js'
import {
  doubted,
  removed,
  saysRemoved,
  saysWiped,
  stranger,
  wiped,
} from '../../../lib/replica/members/hello-refusals.js'
import {
  rollOf,
  Vouchers,
  wordOn,
  wordTo,
  type Finding,
  type Newcomer,
} from '../../../lib/replica/members/vouchers.js'
import { Driver, logOf, names, optionsFor } from '../../raft/driver.js'
import { n1, n2, n3 } from '../../raft/story.js'

const FIRST = incarnation('n3-first')
const SECOND = incarnation('n3-second')

/** A member whose log pins the first folder of each of `size`. */
function memberOf(size: number, id = n1): RaftView {
  const voters = names(size)
  const hardState = { currentTerm: term(1), votedFor: undefined }
  return new Driver(optionsFor(id, voters), { hardState, entries: logOf([1], voters) }).view
}

function helloFrom(view: RaftView, drawn: Incarnation) {
  return helloOf({ cluster: 'test', incarnation: drawn, priority: 0, classes: undefined }, view)
}

/** One member that lags, or does not, and what each other one says when it is asked about n3. */
class Door {
  readonly view: RaftView
  readonly asked: ServerId[] = []
  readonly vouchers: Vouchers
  #inquiry = Promise.resolve()

  constructor(
    size: number,
    private readonly words: Readonly<Record<string, Json>>,
  ) {
    this.view = memberOf(size)
    this.vouchers = new Vouchers({
      view: () => this.view,
      ask: (to) => {
        this.asked.push(to)
        const word = this.words[to]
        const answer = word === undefined ? Promise.reject(new Error('silent')) : Promise.resolve(word)
        this.#inquiry = Promise.allSettled([this.#inquiry, answer]).then(() => undefined)
        return answer
      },
    })
  }

  /** The end of the refusal's reason, or `let in`; what the others say counts the next time. */
  async hello(drawn: Incarnation): Promise<string> {
    const newcomer = helloFrom(memberOf(3, n3), drawn)
    const finding = this.vouchers.finding(newcomer)
    try {
      judge(newcomer, helloFrom(this.view, incarnation('n1-first')), this.view, finding)
      return 'let in'
    } catch (error) {
      this.vouchers.inquire(newcomer)
      await this.#inquiry
      await new Promise(setImmediate)
      if (!(error instanceof UnauthorizedError)) throw error
      return String((error.data as { reason?: string } | undefined)?.reason)
    }
  }
}

void t.test('a member that lags behind the return of another one stopped it as wiped', async (t) => {
  const door = new Door(4, { n2: true, n4: 'otherwise' })
  t.equal(await door.hello(SECOND), 'doubted-member')
  t.same(door.asked, ['n2', 'n4'], 'but not the one that is in doubt')
  t.equal(await door.hello(SECOND), 'let in')
  t.equal(await door.hello(incarnation('n3-third')), 'doubted-member', 'what was said is said of one folder')
})

void t.test('wiped is who so many know otherwise that without them nothing was committed', async (t) => {
  const cases: [number, Readonly<Record<string, Json>>, string][] = [
    [3, { n2: 'otherwise' }, 'wiped-member'],
    [3, {}, 'doubted-member'],
    [3, { n2: false }, 'doubted-member'],
    [4, { n2: 'otherwise' }, 'wiped-member'],
    [5, { n2: 'otherwise' }, 'doubted-member'],
    [5, { n2: 'otherwise', n5: 'otherwise' }, 'wiped-member'],
    [5, { n2: 'otherwise', n4: 'otherwise', n5: true }, 'let in'],
  ]
  for (const [size, words, expected] of cases) {
    const door = new Door(size, words)
    t.equal(await door.hello(SECOND), 'doubted-member')
    t.equal(await door.hello(SECOND), expected, `${size}: ${JSON.stringify(words)}`)
  }
})

void t.test('bug: a member that asked at another cluster of its name ended as wiped', async (t) => {
  const view = memberOf(3)
  const own = { ...helloFrom(view, incarnation('n1-first')), clusterId: 'one', clusterIdInLog: 'one' }
  const toldTo = (clusterIdInLog: string | null): unknown => {
    try {
      judge({ ...helloFrom(memberOf(3, n3), SECOND), clusterIdInLog }, own, view, 'wiped')
    } catch (error) {
      return error
    }
    return undefined
  }
  t.match(toldTo('other'), { message: /one of the two has a data folder of another cluster/ })
  t.notOk(saysWiped(toldTo('other'), memberOf(3, n3)))
  for (const id of ['one', null]) t.ok(saysWiped(toldTo(id), memberOf(3, n3)), 'of this cluster, or empty')
})

void t.test('what a member says of another one', async (t) => {
  t.equal(wordOn(n3, FIRST, memberOf(3)), true)
  t.equal(wordOn(n3, SECOND, memberOf(3)), 'otherwise')
  t.equal(wordOn(n3, FIRST, memberOf(2)), false, 'no member')
  t.equal(wordOn(n2, SECOND, new Driver(optionsFor(n1, names(3))).view), true, 'not pinned yet')
})

void t.test('a doubt stops a founder with an empty log, and nobody else', async (t) => {
  const founder = new Driver(optionsFor(n3, names(3))).view
  const joiner = new Driver({
    ...optionsFor(n3, names(3)),
    bootstrap: { voters: names(2), learners: [n3], uris: {} },
  }).view
  t.ok(saysWiped(doubted(n3, n1), founder), 'the cluster that it would found is there already')
  t.notOk(saysWiped(doubted(n3, n1), joiner), 'it has never voted')
  t.notOk(saysWiped(doubted(n3, n1), memberOf(3, n3)), 'a leader has let it in')
  t.notOk(saysWiped(doubted(n2, n1), founder), 'that is about another one')
  for (const view of [founder, joiner, memberOf(3, n3)]) t.ok(saysWiped(wiped(n3), view))
})

void t.test('who was removed is not vouched for by one that has not heard of it', async (t) => {
  const view = memberOf(3)
  const at = (index: number, entered: number) => ({
    configurationIndex: logIndex(index),
    configurationTerm: term(entered),
  })
  const lagging = { ...view, ...at(3, 1) }
  t.equal(wordTo(at(5, 1), n3, FIRST, lagging), false)
  t.equal(wordTo(at(3, 1), n3, FIRST, lagging), false)
  t.equal(wordTo(at(2, 1), n3, FIRST, lagging), true, 'the other one lags')
  t.equal(wordTo(at(9, 0), n3, FIRST, lagging), true, 'and so does one with a change that was lost')
  t.equal(wordTo(at(5, 1), n3, SECOND, lagging), 'otherwise', 'a folder is known for what it is')
})

const [n9, START] = [serverId('n9'), start('3-abc')]
const gone: Newcomer = { id: n9, incarnation: FIRST, starts: [start('1-a'), START] }

/** What one member of `size` finds out of one that it does not know. `change`: of its view. */
async function findingOf(
  size: number,
  words: Readonly<Record<string, Json>>,
  change: Partial<RaftView> = {},
): Promise<Finding | undefined> {
  const view = { ...memberOf(size), ...change }
  const vouchers = new Vouchers({
    view: () => view,
    ask: async (to) => words[to] ?? Promise.reject(new Error('silent')),
  })
  vouchers.inquire(gone)
  await new Promise(setImmediate)
  return vouchers.finding(gone)
}

void t.test('removed is who is in no configuration that could have been committed', async (t) => {
  const configuration = { voters: names(3), outgoing: [...names(3), n9], learners: [], uris: {} }
  const { configuration: settled } = memberOf(3)
  const cases: [number, Readonly<Record<string, Json>>, Partial<RaftView>, Finding | undefined][] = [
    [3, { n2: 'unknown' }, {}, 'removed'],
    [3, { n2: false, n3: false }, {}, undefined],
    [3, {}, {}, undefined],
    [4, { n2: 'unknown' }, {}, undefined],
    [4, { n2: 'unknown', n4: 'unknown' }, {}, 'removed'],
    [5, { n2: 'unknown', n4: 'unknown', n5: true }, {}, 'vouched'],
    [1, {}, {}, 'removed'],
    [3, { n2: 'unknown' }, { configurations: [settled, settled] }, undefined],
    [3, { n2: 'unknown' }, { configuration, configurations: [configuration] }, undefined],
  ]
  for (const [size, words, change, expected] of cases)
    t.equal(await findingOf(size, words, change), expected, `${size}: ${JSON.stringify(words)}`)
})

void t.test(
  'that one was removed is said of the process that was there, and not of one that came later',
  async (t) => {
    const view = memberOf(1)
    const vouchers = new Vouchers({ view: () => view, ask: () => Promise.reject(new Error('nobody')) })
    vouchers.inquire(gone)
    await new Promise(setImmediate)
    t.equal(vouchers.finding(gone), 'removed')
    t.equal(vouchers.finding({ ...gone, starts: [...(gone.starts ?? []), start('4-b')] }), undefined)
    t.equal(vouchers.finding({ ...gone, starts: undefined }), undefined)
    vouchers.clear()
    t.equal(vouchers.finding(gone), undefined, 'members have changed')
  },
)

void t.test(
  'a member that knows another configuration than the one that asks says nothing of strangers',
  async (t) => {
    const view = memberOf(3)
    const at = { configurationIndex: logIndex(9), configurationTerm: term(3) }
    const wordOf = (size: number) =>
      wordTo({ ...at, roll: rollOf(memberOf(size).configuration) }, n9, FIRST, view)
    t.equal(wordOf(3), 'unknown', 'where it stands in the log is not known to who has it by a snapshot')
    t.equal(wordOf(4), false)
    t.equal(wordTo({ ...at, roll: null }, n9, FIRST, view), false, 'amid a change')
    t.equal(wordTo(at, n9, FIRST, view), false, 'one of the build before asks')
  },
)

void t.test('only the word of a majority, and of a newer configuration, ends a member', async (t) => {
  const view = memberOf(3, n3)
  const at = (index: number, entered: number) => ({
    configurationIndex: logIndex(index),
    configurationTerm: term(entered),
  })
  t.ok(saysRemoved(removed(n3, n1, at(5, 1)), view))
  t.notOk(saysRemoved(stranger(n3, n1), view))
  t.notOk(saysRemoved(removed(n2, n1, at(5, 1)), view), 'that is about another one')
  const back = { ...view, ...at(7, 2) }
  t.notOk(saysRemoved(removed(n3, n1, at(5, 1)), back), 'it was added again since')
  t.notOk(saysRemoved(removed(n9, n1, at(5, 1)), { ...view, id: n9 }), 'it knows itself as no member')
})

void t.test('a member that was removed is told so, and not one of another history', async (t) => {
  const own = { ...helloFrom(memberOf(3), incarnation('n1-first')), clusterId: 'c', clusterIdInLog: 'c' }
  const reasonFor = (clusterIdInLog: string | null): unknown => {
    try {
      const other = { ...own, id: n9, incarnation: FIRST, clusterId: null, clusterIdInLog }
      judge(other, own, memberOf(3), 'removed')
      return 'let in'
    } catch (error) {
      return error instanceof UnauthorizedError ? error.data : error
    }
  }
  t.match(reasonFor('c'), { reason: 'removed-member', id: n9 })
  t.match(reasonFor('another'), { reason: 'unknown-member' })
  t.match(reasonFor(null), { reason: 'unknown-member' }, 'a newcomer')
})
