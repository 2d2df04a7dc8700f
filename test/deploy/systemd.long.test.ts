/** The units of docs/deploy/systemd, as systemd's own programs judge them, and what a unit is told of its process. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cli, freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'

const units = join(import.meta.dirname, '../../../docs/deploy/systemd')
const names = readdirSync(units).filter((name) => name.endsWith('.service'))

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0
const skip = has('systemd-analyze') ? false : 'systemd-analyze is not installed (package systemd)'

/** What `systemd-analyze` calls this is in tenths: 2.0 of 10, and "OK". */
const EXPOSURE_MAX = 20

t.test('systemd accepts the units', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  cpSync(units, folder, { recursive: true })
  for (const name of names) {
    const text = readFileSync(join(folder, name), 'utf8')
    t.match(text, /^ExecStart=\/usr\/local\/bin\/rollcall /m)
    writeFileSync(join(folder, name), text.replace('/usr/local/bin/rollcall', cli))
  }
  const paths = names.map((name) => join(folder, name))
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' })
  t.equal(`${stdout}${stderr}`, '')
  t.equal(status, 0)
  t.equal(names.length, 2)
})

t.test('a unit is exposed to little', { skip }, async (t) => {
  for (const name of names) {
    const args = ['security', '--offline=true', `--threshold=${EXPOSURE_MAX}`, join(units, name)]
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    t.equal(status, 0, stdout)
  }
})

t.test('the command lines of the units are what rollcall takes', async (t) => {
  for (const name of names) {
    const text = readFileSync(join(units, name), 'utf8')
    const [, line = ''] = /^ExecStart=\/usr\/local\/bin\/rollcall (.*)$/m.exec(text) ?? []
    const folder = temporaryFolder(t)
    const args = line.replaceAll('%i', 'a').replaceAll('/var/lib/rollcall', folder).split(' ')
    const [port = 0] = await freePorts(1)
    const config = join(folder, 'rollcall.yaml')
    writeFileSync(config, `members: a@localhost:${port}\nport: ${port}\n`)
    const started = new Running(args, folder, { ROLLCALL_CONFIG: config })
    t.teardown(() => started.kill())
    await started.says(/elected leader/)
    started.signal('SIGHUP')
    started.signal('SIGTERM')
    t.equal((await started.ended).status, 0, name)
  }
})

/** Prints what comes to a socket of datagrams, which Node.js does not know. */
const LISTENER = `
import socket, sys
listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listening.bind(sys.argv[1])
print('listening', flush=True)
while True: print(listening.recv(4096).decode(), flush=True)
`

const notSaid = has('systemd-notify') && has('python3') ? false : 'systemd-notify or python3 is not installed'

t.test('systemd is told when a process serves, and when it stops', { skip: notSaid }, async (t) => {
  const folder = temporaryFolder(t)
  const socket = join(folder, 'notify')
  const listener = spawn('python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => listener.kill('SIGKILL'))
  let heard = ''
  listener.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text))
  await until('the listener', () => heard.includes('listening'))
  const [port = 0] = await freePorts(1)
  const server = new Running(['nameserver', '--port', `${port}`], folder, { NOTIFY_SOCKET: socket })
  t.teardown(() => server.kill())
  await until('READY', () => heard.includes('READY=1'))
  t.match(server.stderr, /name server ready/)
  t.notMatch(heard, /STOPPING=1/)
  server.signal('SIGTERM')
  t.equal((await server.ended).status, 0)
  await until('STOPPING', () => heard.includes('STOPPING=1'))
})

const logrotate = has('logrotate') ? false : 'logrotate is not installed'

t.test('logrotate accepts its file', { skip: logrotate }, async (t) => {
  const { status, stderr } = spawnSync('logrotate', ['--debug', join(units, 'rollcall.logrotate')], {
    encoding: 'utf8',
  })
  t.equal(status, 0, stderr)
  t.notMatch(stderr, /error:/)
})
