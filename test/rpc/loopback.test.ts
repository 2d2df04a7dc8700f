/** Which hosts are this machine and nobody else's. */
import t from 'tap'
import { isLoopback } from '../../lib/rpc/loopback.js'

t.test('bug: a loopback host in capitals was said to be reached from other machines', async (t) => {
  for (const host of ['localhost', 'LOCALHOST', 'App.LocalHost', '::1', '127.0.0.1', '127.1.2.3'])
    t.ok(isLoopback(host), host)
})

t.test('what only looks like one is none', async (t) => {
  for (const host of ['notlocalhost', 'localhost.example', '127.example', '10.127.0.1', '::2', '', '0.0.0.0'])
    t.notOk(isLoopback(host), host)
})
