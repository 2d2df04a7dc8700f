/** A member and a name server that ask the user's own hook who calls. */
import { join } from 'node:path'
import t from 'tap'
import { connect, startNameServer, startNode, type AuthenticateCaller } from '../../../api.js'
import { UnauthorizedError } from '../../../lib/rpc/errors.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'

const token = 'the-token-of-those-who-belong'
const authenticate: AuthenticateCaller = ({ token: shown }) =>
  Promise.resolve(shown === 'the-token-of-ursula' && { name: 'ursula', role: 'user', may: ['kv.*'] })

t.test('a caller that the hook knows calls what it may, and finds it by name', async (t) => {
  const [member = 0, port = 0] = await freePorts(2)
  const folder = temporaryFolder(t)
  const shared = { token, authenticate, logger: silent }
  const names = await startNameServer({ ...shared, port, data: join(folder, 'names') })
  t.teardown(() => names.close())
  const nameserver = `localhost:${port}`
  const members = [`a@localhost:${member}`]
  const node = await startNode({ ...shared, nameserver, members, id: 'a', data: join(folder, 'a') })
  t.teardown(() => node.stop())
  const calling = async (own: string) => {
    const client = await connect({ nameserver, token: own })
    t.teardown(() => client.close())
    return client
  }
  const hers = await calling('the-token-of-ursula')
  await hers.call('kv', 'set', ['a', 1])
  t.equal(await hers.call('kv', 'get', ['a']), 1)
  await t.rejects(hers.call('log', 'append', ['a']), UnauthorizedError, 'which is not among what she may')
  const nobodys = await calling('the-token-of-nobody')
  await t.rejects(nobodys.call('kv', 'get', ['a']), UnauthorizedError)
})

t.test('without a token or a table members could not show who they are', async (t) => {
  const message = /: authenticate judges those who call; members show each other by a token/
  await t.rejects(startNode({ id: 'a', authenticate }), { message })
  await t.rejects(startNameServer({ authenticate }), { message })
})
