/** Ctrl-C amid an operator's command: nothing is left behind, or it is said what is. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { freePort, Operator } from '../../harness/operator.js'

t.setTimeout(120_000)

const operator = await Operator.start(t, 3, CALM)
const { cluster, client } = operator

t.test(
  'a new member that does not answer yet goes, with its folder, when the terminal is closed',
  async (t) => {
    // Others are told to look for it where nobody ever answers: the command waits.
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const asked = once(silent, 'connection')
    const place = ['--port', await freePort(), '--advertise', `127.0.0.1:${port}`]
    const adding = cluster.run('add', 'node9', ...place)
    await asked
    adding.signal('SIGHUP')
    const { status, stderr } = await adding.ended
    t.same([status, stderr], [1, 'error: INTERRUPTED: this command was told to end\n'])
    t.notOk(existsSync(join(cluster.folder, '.rollcall/node9')))
    t.notOk((await operator.voters()).includes('node9'))
  },
)

t.test('what may happen all the same is said', async (t) => {
  const leader = await cluster.leader(client)
  const dead = cluster.ids.find((id) => id !== leader) ?? ''
  await cluster.kill(dead)
  const transferring = cluster.run('transfer', dead, '--timeout', '60000')
  await transferring.says(/waiting: /)
  transferring.signal('SIGTERM')
  const { status, stderr } = await transferring.ended
  t.equal(status, 1)
  t.match(
    stderr,
    new RegExp(`error: INTERRUPTED: .*; ${dead} may lead all the same: .rollcall status. shows who does\n$`),
  )
})
