/** Who comes with another folder than the one that a member knows: back after its removal, or wiped. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { Incarnation, RaftView, ServerId } from '../../../lib/raft/index.js'
import { incarnation, logIndex, term } from '../../../lib/raft/index.js'
import { UnauthorizedError } from '../../../lib/rpc/errors.js'
import { helloOf, judge } from '../../../lib/replica/members/hello.js'
import { doubted, saysWiped, wiped } from '../../../lib/replica/members/hello-refusals.js'
import { Vouchers, wordOn, wordTo } from '../../../lib/replica/members/vouchers.js'
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
    const finding = this.vouchers.finding(n3, drawn)
    try {
      judge(
        helloFrom(memberOf(3, n3), drawn),
        helloFrom(this.view, incarnation('n1-first')),
        this.view,
        finding,
      )
      return 'let in'
    } catch (error) {
      this.vouchers.inquire(n3, drawn)
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
