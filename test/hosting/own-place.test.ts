/** Where a member is, by its folder and its start. */
import t from 'tap'
import { logIndex, serverId, term, type Configuration, type Recovered } from '../../lib/raft/types.js'
import { ownUri } from '../../lib/hosting/own-place.js'

const a = serverId('a')
const unsaid = { host: undefined, port: undefined }

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
  t.equal(ownUri(a, voters('a'), logOf(moved), { host: undefined, port: 7003 }), 'a@localhost:7003')
  t.equal(ownUri(a, voters('a'), logOf(), { host: '0.0.0.0', port: undefined }), 'a@localhost:7001')
  t.equal(ownUri(a, voters('a'), logOf(), { host: '10.0.0.1', port: undefined }), 'a@10.0.0.1:7001')
  t.throws(() => ownUri(a, voters('b'), logOf(), unsaid), /no port of a is known/)
})
