/** A Unix socket beside the port: for processes of this machine, of every program that listens. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startNameServer, startNode } from '../../api.js'
import { startBalancer } from '../../balancer/start-balancer.js'
import type { Json } from '../../lib/json.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { silent } from '../harness/ports.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'
import { connectionTo } from '../rpc/rig.js'

function call(t: Test, path: string, method: string): Promise<Json> {
  const connection = connectionTo({ kind: 'unix', path })
  t.teardown(() => connection.close())
  return connection.call(method, [])
}

t.test('a member, a name server and a balancer are called there, and leave nothing behind', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0, names = 0] = await freePorts(2)
  const at = (name: string): string => join(folder, name)
  const members = [`a@localhost:${port}`]
  const data = at('a')
  const nearest = { nameserver: `localhost:${names}`, logger: silent }
  const node = await startNode({ id: 'a', members, data, ...nearest, listenUnix: at('node') })
  t.teardown(() => node.stop())
  const nameserver = await startNameServer({
    ...{ port: names, data: at('names'), logger: silent, listenUnix: at('ns') },
  })
  t.teardown(() => nameserver.close())
  const balancer = await startBalancer({ port: 0, members, logger: silent, listenUnix: at('lb') })
  t.teardown(() => balancer.stop())
  t.match(await call(t, at('node'), 'a.status'), { id: 'a' })
  t.equal(await call(t, at('ns'), 'daemon.ping'), 'pong')
  t.equal(await call(t, at('lb'), 'daemon.ping'), 'pong')
  await Promise.all([node.stop(), nameserver.close(), balancer.stop()])
  for (const name of ['node', 'ns', 'lb']) t.notOk(existsSync(at(name)), name)
})

t.test('what is no path is refused before anything is opened', async (t) => {
  await t.rejects(startNode({ id: 'a', listenUnix: 'here' }), InvalidParamsError)
  await t.rejects(startNameServer({ listenUnix: '' }), InvalidParamsError)
})
