/** Where a member is, by its folder and its start. */
import t from 'tap'
import { logIndex, serverId, term, type Configuration, type Recovered } from '../../lib/raft/types.js'
import { mismatch, ownUri } from '../../lib/hosting/own-place.js'
import { uri } from '../../lib/rpc/uri.js'

const a = serverId('a')
const unsaid = { host: undefined, port: undefined, advertise: undefined }

function voters(...ids: readonly string[]): Configuration {
  const uris = Object.fromEntries(ids.map((id) => [id, `${id}@localhost:7001`]))
  return { voters: ids.map(serverId), learners: [], uris }
}

function waiting(id: string, ...members: readonly string[]): Configuration {
  const uris = { ...voters(...members).uris, [id]: `${id}@localhost:7009` }
  return { voters: members.map(serverId), learners: [serverId(id)], uris }
}

function logOf(...configurations: readonly Configuration[]): Recovered {
  return {
    hardState: { currentTerm: term(1), votedFor: undefined },
    entries: configurations.map((configuration, at) => ({
      kind: 'configuration',
      index: logIndex(at + 1),
      term: term(1),
      configuration,
    })),
  }
}

t.test('a newcomer that has read only the past before it was added is where it was then', async (t) => {
  const bootstrap = waiting('a', 'b', 'c')
  t.equal(ownUri(a, bootstrap, logOf(voters('b', 'c')), unsaid), 'a@localhost:7009')
})

t.test('a member is where it is told to be, else where its cluster knows it', async (t) => {
  const moved = { ...voters('a'), uris: { a: 'a@localhost:7002' } }
  t.equal(ownUri(a, voters('a'), logOf(moved), unsaid), 'a@localhost:7002')
  t.equal(ownUri(a, voters('a'), logOf(moved), { ...unsaid, port: 7003 }), 'a@localhost:7003')
  t.equal(ownUri(a, voters('a'), logOf(), { ...unsaid, host: '0.0.0.0' }), 'a@localhost:7001')
  t.equal(ownUri(a, voters('a'), logOf(), { ...unsaid, host: '10.0.0.1' }), 'a@10.0.0.1:7001')
  t.throws(() => ownUri(a, voters('b'), logOf(), unsaid), /no port of a is known: give it one with --port$/)
})

const spread: Configuration = {
  voters: ['a', 'b'].map(serverId),
  learners: [],
  uris: { a: 'a@10.0.0.1:7001', b: 'b@10.0.0.2:7001' },
}

t.test('known to members elsewhere, and told to listen on loopback: a contradiction', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '::1'])
    t.throws(() => ownUri(a, spread, logOf(), { ...unsaid, host }), /could not reach it/)
  const alone = { ...spread, voters: [a], uris: { a: 'a@10.0.0.1:7001' } }
  t.equal(ownUri(a, alone, logOf(), { ...unsaid, host: 'localhost' }), 'a@localhost:7001')
})

t.test('what is published and where it listens are told apart', async (t) => {
  const given = { host: '0.0.0.0', port: 7005, advertise: 'a.example' }
  t.equal(ownUri(a, spread, logOf(), given), 'a@a.example:7005')
  t.equal(ownUri(a, spread, logOf(), { ...given, advertise: 'a.example:443' }), 'a@a.example:443')
  t.equal(ownUri(a, spread, logOf(), { ...given, advertise: '[2001:db8::1]' }), 'a@[2001:db8::1]:7005')
  t.throws(() => ownUri(a, spread, logOf(), { ...given, advertise: '0.0.0.0' }), /can't reach/)
  t.equal(mismatch(uri('a@a.example:443'), '0.0.0.0'), undefined)
})

t.test('on all interfaces and published as localhost, or the reverse: one sentence says so', async (t) => {
  t.match(mismatch(uri('a@localhost:1'), '0.0.0.0'), /listens on all interfaces.*--advertise/)
  t.match(mismatch(uri('a@a.example:1'), undefined), /listens on loopback only/)
  t.equal(mismatch(uri('a@localhost:1'), undefined), undefined)
  t.equal(mismatch(uri('a@10.0.0.1:1'), '10.0.0.1'), undefined)
})
