/** A newcomer that restarts in the midst of a log whose configurations name nobody who is still there. */
import t from 'tap'
import type { Configuration, Entry, RaftView, ServerId } from '../../../lib/raft/index.js'
import { incarnation, logIndex, serverId, term } from '../../../lib/raft/index.js'
import { helloOf, judge } from '../../../lib/replica/members/hello.js'
import { Vouchers } from '../../../lib/replica/members/vouchers.js'
import { Whereabouts } from '../../../lib/replica/members/whereabouts.js'
import { Driver, logOf, names, optionsFor } from '../../raft/driver.js'

const [, , , n4, n5, n6] = names(6)
const newcomer = serverId('n9')
const lateJoiner = serverId('n8')

const LONG_AGO: Configuration = { voters: names(3), learners: [], uris: {} }
const AT_LAST: Configuration = { voters: [n4 ?? newcomer], learners: [newcomer], uris: {} }
const TOLD: Configuration = {
  voters: [n5 ?? newcomer, n6 ?? newcomer],
  learners: [newcomer],
  uris: { n5: 'n5@localhost:5' },
}

/** The newcomer, which has come as far as an entry with `configuration`. */
function restartedAt(configuration: Configuration): RaftView {
  const hardState = { currentTerm: term(1), votedFor: undefined }
  const entry: Entry = { kind: 'configuration', index: logIndex(2), term: term(1), configuration }
  const entries = [...logOf([1], names(3)), entry]
  return new Driver({ ...optionsFor(newcomer, []), bootstrap: TOLD }, { hardState, entries }).view
}

function greet(id: ServerId | undefined, view: RaftView): void {
  const said = { cluster: 'test', priority: 0, classes: undefined }
  const other = { ...helloOf({ ...said, incarnation: incarnation('any') }, view), id: id ?? newcomer }
  judge(other, helloOf({ ...said, incarnation: incarnation('own') }, view), view)
}

t.test('it lets in those whom it was told of, and nobody else', async (t) => {
  const view = restartedAt(LONG_AGO)
  t.doesNotThrow(() => greet(n5, view))
  t.throws(() => greet(lateJoiner, view), { message: /n9 knows no member n8/ })
})

t.test('it finds them where it was told, and asks them too whom it may let in', async (t) => {
  const view = restartedAt(LONG_AGO)
  t.equal(new Whereabouts(() => view).uriOf(serverId('n5')), 'n5@localhost:5')
  const asked: ServerId[] = []
  const ask = async (to: ServerId) => (asked.push(to), to === n6)
  const vouchers = new Vouchers({ view: () => view, ask })
  vouchers.inquire({ id: lateJoiner, incarnation: incarnation('any') })
  await new Promise(setImmediate)
  t.same(asked, ['n1', 'n2', 'n3', 'n5', 'n6'])
  t.equal(vouchers.finding({ id: lateJoiner, incarnation: incarnation('any') }), 'vouched')
})

t.test('once it is where it was added, what it was told is history', async (t) => {
  const view = restartedAt(AT_LAST)
  t.doesNotThrow(() => greet(n4, view))
  t.throws(() => greet(n5, view), { message: /n9 knows no member n5/ })
  t.equal(new Whereabouts(() => view).uriOf(serverId('n5')), undefined)
})

t.test('bug: one that waited for members that were gone said that its leader must be added', async (t) => {
  const { view } = new Driver({ ...optionsFor(newcomer, []), bootstrap: TOLD })
  t.throws(() => greet(lateJoiner, view), {
    message:
      /^n9 knows no member n8: it waits to be added by n5, n6, .* if they are gone, stop n9, remove its data folder/,
    data: { reason: 'unknown-member', id: 'n8' },
  })
  const log = restartedAt(LONG_AGO)
  t.throws(() => greet(lateJoiner, log), {
    message: /^n9 knows no member n8: it was removed, or must be added first$/,
  })
})
