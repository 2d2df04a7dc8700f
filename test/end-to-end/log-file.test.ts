/** What logs to a file, and what SIGHUP does to whom. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connect } from '../../api.js'
import { cli, freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')

t.test('a log file that was moved away is left, and a new one begun, at SIGHUP', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const file = join(folder, 'names.log')
  const server = new Running(['nameserver', '--port', `${port}`, '--log-file', file], folder)
  t.teardown(() => server.kill())
  await until('the name server to log', () => textOf(file).includes(`ready on localhost:${port}`))
  t.equal(statSync(file).mode & 0o137, 0, 'others may not read it')
  renameSync(file, `${file}.1`)
  server.signal('SIGHUP')
  await until('a new file', () => existsSync(file))
  const client = await connect({ nameserver: [`localhost:${port}`] })
  t.teardown(() => client.close())
  t.equal(await client.call('nameserver', 'ping', []), 'pong', 'it serves as before')
  server.signal('SIGTERM')
  const { status, stderr } = await server.ended
  t.equal(status, 0)
  t.match(textOf(file), /this member is stopping/)
  t.notMatch(textOf(`${file}.1`), /this member is stopping/)
  t.equal(stderr, '')
})

t.test('a log file that can not be opened is an error, and nothing is started', async (t) => {
  const folder = temporaryFolder(t)
  const args = ['nameserver', '--port', '0', '--log-file', 'no/such/folder/names.log']
  const { status, stderr } = await new Running(args, folder).ended
  t.equal(status, 1)
  t.match(stderr, /^error: LOG_FILE: --log-file can't be opened, and nothing was started: ENOENT/)
  t.notOk(existsSync(join(folder, '.rollcall')))
})

const skip = spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed'

t.test('who loses his terminal ends tidily', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const file = join(folder, 'names.log')
  const command = `NODE_OPTIONS= '${process.execPath}' '${cli}' nameserver --port ${port} --log-file '${file}'`
  const tmux = (...args: readonly string[]): void =>
    void spawnSync('tmux', ['-S', join(folder, 'tmux'), ...args])
  t.teardown(() => tmux('kill-server'))
  tmux('-f', '/dev/null', 'new-session', '-d', '-c', folder, command)
  await until('the name server to log', () => textOf(file).includes('ready on'))
  tmux('kill-session')
  await until('it to say that it stops', () => textOf(file).includes('this member is stopping'))
})
