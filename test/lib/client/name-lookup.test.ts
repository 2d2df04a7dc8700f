/** How name servers are asked that may be of one group. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { NameLookup } from '../../../lib/client/name-lookup.js'
import { NameServerGroup } from '../../../lib/publishing/name-server-group.js'
import { NameNotFoundError, NotLeaderError, UnreachableError } from '../../../lib/rpc/errors.js'
import type { CallMeta } from '../../../lib/rpc/exposed.js'
import { formatAddress, parseHostPort } from '../../../lib/rpc/uri.js'
import { ManualClock } from '../../harness/manual-clock.js'

type Answer = (method: string) => Promise<Json>

function scene(answers: Readonly<Record<string, Answer>>) {
  const clock = new ManualClock()
  const given = Object.keys(answers).map((place) => parseHostPort(place, 9090))
  const group = new NameServerGroup({ given, clock })
  const asked: string[] = []
  const metas: (CallMeta | undefined)[] = []
  const names = new NameLookup({
    group,
    clock,
    probes: {
      call: (address, method, _params, _timeoutMs, meta) => {
        const place = formatAddress(address)
        if (method === 'daemon.hello') return Promise.resolve({ version: 1 })
        asked.push(place)
        metas.push(meta)
        return answers[place]?.(method) ?? Promise.reject(new UnreachableError('nobody'))
      },
      status: (member) => Promise.resolve({ id: 'x', uri: member, reachable: false, reason: 'not asked' }),
    },
  })
  return { names, asked, metas }
}

const record = { name: 'printer', uri: 'printer@a:1', metadata: [] }
const found = (): Promise<Json> => Promise.resolve(record)
const gone = (): Promise<Json> => Promise.reject(new UnreachableError('gone'))
const unled = (): Promise<Json> => Promise.reject(new NotLeaderError({ leader: null, term: 1, members: [] }))

t.test('whoever is asked is to answer no worse than the leader would, and need not be it', async (t) => {
  const { names, metas } = scene({ 'a:9090': found })
  await names.lookup('printer')
  await names.list({ prefix: 'p' })
  t.same(metas, [{ consistency: 'follower' }, { consistency: 'follower' }])
})

t.test('the one that has answered is asked first the next time', async (t) => {
  const { names, asked } = scene({ 'a:9090': gone, 'b:9090': found, 'c:9090': found })
  t.equal(await names.lookup('printer'), 'printer@a:1')
  t.equal(await names.lookup('printer'), 'printer@a:1')
  t.same(asked, ['a:9090', 'b:9090', 'b:9090'])
})

t.test('where nobody was found is dialled last, as that may take long', async (t) => {
  const { names, asked } = scene({ 'a:9090': gone, 'b:9090': gone, 'c:9090': found })
  await names.lookup('printer')
  names.turnFrom(names.toCall())
  t.equal(formatAddress(names.toCall()), 'c:9090')
  t.same(asked, ['a:9090', 'b:9090', 'c:9090'])
})

t.test('while the group has no leader each is asked twice, and nothing is taken for an answer', async (t) => {
  const { names, asked } = scene({ 'a:9090': unled, 'b:9090': unled })
  let why: unknown
  t.equal(await names.find('printer', 1_000, (error) => (why = error)), undefined)
  t.ok(why instanceof NotLeaderError)
  t.equal(names.isAnswered, false)
  t.same(asked, ['a:9090', 'b:9090', 'a:9090', 'b:9090'])
})

t.test('that a name is not registered is the last word of whoever says so', async (t) => {
  const none = (): Promise<Json> => Promise.reject(new NameNotFoundError('none'))
  const { names, asked } = scene({ 'a:9090': none, 'b:9090': found })
  t.equal(await names.lookup('printer'), undefined)
  t.equal(names.isAnswered, true)
  t.same(asked, ['a:9090'])
})

t.test('a call that failed at one that was to be asked next turns to another one, once', async (t) => {
  const { names } = scene({ 'a:9090': found, 'b:9090': found, 'c:9090': found })
  const first = names.toCall()
  names.turnFrom(first)
  names.turnFrom(first)
  t.equal(formatAddress(names.toCall()), 'b:9090')
})
