/** Nobody can write down what a process says, as on a full disk; and a start that fails leaves nothing behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { clientPorts } from '../../lib/system/client-ports.js'
import { cli, freePorts, plainNode, Running, temporaryFolder } from '../harness/processes.js'

const FULL = '/dev/full'
const skip = existsSync(FULL) ? false : `there is no ${FULL}`

t.test('a process whose log can not be written goes on serving', { skip }, async (t) => {
  const [port = 0] = await freePorts(1)
  const folder = temporaryFolder(t)
  const child = spawn('env', [...plainNode, cli, 'nameserver', '--port', String(port), '--data', folder], {
    stdio: ['ignore', 'ignore', openSync(FULL, 'w')],
  })
  const ended = once(child, 'close')
  t.teardown(() => child.kill('SIGKILL'))
  const connection = connectionTo(t, port)
  const answers = async (): Promise<unknown> =>
    connection.call('nameserver.ping', []).catch(() => (child.exitCode === null ? answers() : 'it has ended'))
  t.equal(await answers(), 'pong')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
})

t.test('a result that can not be written is a failure in one line', { skip }, async (t) => {
  const child = spawn('env', [...plainNode, cli, '--version'], {
    stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  t.same(await once(child, 'close'), [1, null])
  t.match(said, /^error: ENOSPC: [^\n]*\n$/)
})

t.test('bug: commands that never ran, as nobody read the results, were no failure', async (t) => {
  const child = spawn('env', [...plainNode, cli, 'client'], {
    cwd: temporaryFolder(t),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  child.stdin.on('error', () => undefined)
  child.stdout.once('data', () => child.stdout.destroy())
  while (child.exitCode === null) {
    child.stdin.write('help\n')
    await new Promise(setImmediate)
  }
  t.same(await ended, [1, null])
})

t.test('a name server that is no address ends the start, with nothing begun', async (t) => {
  const [port = 0] = await freePorts(1)
  const folder = temporaryFolder(t)
  const flags = ['--members', `a@localhost:${port}`, '--data', 'a', '--nameserver', 'foo!bar']
  const node = new Running(['node', 'a', ...flags], folder)
  t.teardown(() => node.kill())
  t.match(await node.ended, {
    status: 1,
    stderr: /^error: INVALID_PARAMS: "foo!bar" is not an address: [^\n]*\n$/,
  })
  t.notOk(existsSync(join(folder, 'a')), 'no folder was made')
})

function connectionTo(t: Test, port: number): Connection {
  const address = { kind: 'tcp', host: 'localhost', port } as const
  const connection = new Connection({ ...clientPorts(), address })
  t.teardown(() => connection.close())
  return connection
}
