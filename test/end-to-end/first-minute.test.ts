/** What a newcomer types first, and what the surroundings say before anybody has typed anything. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'

async function run(t: Test, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const running = new Running(args, temporaryFolder(t), env)
  t.teardown(() => running.kill())
  return running.ended
}

t.test('rollcall alone shows the help, as rollcall help does', async (t) => {
  const alone = await run(t, [])
  t.match(alone, { status: 0, stderr: '' })
  t.match(alone.stdout, /^rollcall COMMAND: .*\n\nCommands:\n {2}rollcall up /)
  t.same(await run(t, ['help']), alone)
  const status = await run(t, ['help', 'status'])
  t.match(status.stdout, /^rollcall status\n[^]*--watch/)
  t.same(await run(t, ['status', '--help']), status)
})

t.test('a command with a typing mistake is answered with the one that was meant', async (t) => {
  for (const [typed, meant] of [
    ['stat', 'status'],
    ['hepl', 'help'],
    ['nods', 'node'],
  ] as const) {
    const { status, stderr } = await run(t, [typed])
    t.equal(status, 2)
    t.match(stderr, `error: USAGE: unknown command: ${typed}; did you mean ${meant}?`)
  }
  t.match(await run(t, ['help', 'nods']), {
    status: 2,
    stdout: '',
    stderr: /^error: USAGE: unknown command: nods; did you mean node\?/,
  })
})

t.test('a flag with a typing mistake is answered with the one that was meant', async (t) => {
  for (const [typed, said] of [
    [['node', 'node1', '--prot', '5'], 'unknown flag: --prot; did you mean --port?'],
    [['names', '--prefix', 'a', '--prefix', 'b'], '--prefix is given more than once'],
    [['lookup', 'kv', '--json'], 'lookup takes no flag --json'],
    [['--hepl'], 'unknown flag: --hepl; did you mean --help?'],
    [['call', 'kv.get', 'x', '--timeout', '5'], 'call takes no flag --timeout'],
    [['names', 'all'], 'one argument is too many: all'],
    [['names', 'all', 'of', 'them'], '3 arguments are too many: all of them'],
    [['node', 'node1', '--x'], 'unknown flag: --x '],
    [['node', 'node1', '--x=3'], 'unknown flag: --x '],
    [['node', 'node1', '-x'], 'unknown flag: -x '],
    [['node', 'node1', '--data-dir', 'd'], 'unknown flag: --data-dir'],
    [['node', 'node1', '--read-leas', 'on', '--log-keeep', '9'], 'unknown flag: --read-leas'],
  ] as const)
    t.match(await run(t, typed), { status: 2, stdout: '', stderr: `error: USAGE: ${said}` })
  t.same(await run(t, ['-h']), await run(t, ['--help']))
  t.same(await run(t, ['-v']), await run(t, ['--version']))
})

t.test('bug: a switch that was set to yes was off, without a word', async (t) => {
  const said = /^error: USAGE: --nameservers must be one of true, false, not "yes"/
  const folder = t.testdir({ 'yes.json': '{"nameservers":"yes"}', 'yes.yaml': 'nameservers: yes\n' })
  const wrong = { status: 2, stdout: '', stderr: said }
  t.match(await run(t, ['config', '--nameservers=yes']), wrong)
  t.match(await run(t, ['config'], { ROLLCALL_NAMESERVERS: 'yes' }), wrong)
  t.match(await run(t, ['config'], { ROLLCALL_CONFIG: join(folder, 'yes.json') }), wrong)
  t.match(await run(t, ['config', '--config', join(folder, 'yes.yaml')]), wrong)
  t.match(await run(t, ['names', '--json=1']), { status: 2, stderr: /--json must be one of true, false/ })
  t.match(await run(t, ['config', '--nameservers=true']), {
    status: 0,
    stdout: /nameservers +command line +true/,
  })
})

t.test('bug: words behind -- were passed over, and a file of flags without a name', async (t) => {
  for (const [typed, said] of [
    [['names', '--', 'extra'], 'one argument is too many: extra'],
    [['remove', 'x', '--', '-y', 'z'], '2 arguments are too many: -y z'],
    [['names', '--config', ''], '--config must name a file, not ""'],
    [['names', '--config', 'a', '--config=b'], '--config is given more than once, with a and with b'],
    [['lookup', ''], 'the argument NAME must not be empty'],
    [['call', '--nameserver', 'a:1', '--', 'kv-get', '-1'], '"kv-get" is not OBJECT.METHOD'],
    [['call', '--mdns', '--', 'kv-get', '-1'], '"kv-get" is not OBJECT.METHOD'],
    [['call', '--json', '--', 'kv.get', 'x'], 'call takes no flag --json'],
  ] as const)
    t.match(await run(t, typed), { status: 2, stdout: '', stderr: `error: USAGE: ${said}` })
})

t.test('a variable that sets no flag stops every command, also one that takes no flags', async (t) => {
  for (const args of [['names'], ['node', 'node1'], ['inspect', '.']]) {
    const { status, stdout, stderr } = await run(t, args, { ROLLCALL_TOKEN: 'token' })
    t.same([status, stdout], [2, ''])
    t.match(stderr, /^error: USAGE: the variable ROLLCALL_TOKEN sets no flag/)
  }
})

t.test('a call with nobody there says at once who was asked, and only then waits', async (t) => {
  const [port = 0, member = 0] = await freePorts(2)
  const places = ['--nameserver', `localhost:${port}`, '--members', `node1@localhost:${member}`]
  const running = new Running(['call', 'kv.get', 'x', ...places], temporaryFolder(t))
  t.teardown(() => running.kill())
  await running.says(
    /^waiting: "kv" can't be found: no name server answers at .*, and no member answers at node1@/m,
  )
  t.ok(running.isRunning)
  t.notMatch(running.stderr, /error/)
})

t.test('a service of Kubernetes named rollcall is a warning, and moves no port', async (t) => {
  const [port = 0, member = 0] = await freePorts(2)
  const places = ['--nameserver', `localhost:${port}`, '--members', `node1@localhost:${member}`]
  const service = { ROLLCALL_PORT: 'tcp://10.0.0.1:9090', ROLLCALL_SERVICE_HOST: '10.0.0.1' }
  const { status, stdout, stderr } = await run(t, ['status', '--json', ...places], service)
  t.equal(status, 0)
  t.match(JSON.parse(stdout), [{ id: 'node1', reachable: false }])
  t.match(stderr, /^warning: ROLLCALL_PORT, ROLLCALL_SERVICE_HOST: not taken.*\n$/)
})

t.test('a file of flags that sets what is no flag is refused, inherited names too', async (t) => {
  const folder = temporaryFolder(t)
  for (const [name, content, said] of [
    ['altered', '{"cluster": 1.10}', /number that prints back as another, such as 1\.10/],
    ['twice', '{"cluster": "a", "cluster": "b"}', /has a flag twice/],
    ['null', '{"cluster": null}', /must give "cluster" a text, a number, or a list of them/],
  ] as const) {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, content)
    t.match(await run(t, ['names', '--config', file]), { status: 2, stderr: said })
  }
  for (const [name, content, said] of [
    ['twice', 'cluster: a\ncluster: b\n', /can't be read: Map keys must be unique at line 2, column 1$/m],
    ['list', '- cluster\n', /must hold one map of flags/],
    ['nested', 'cluster: {name: a}\n', /must give "cluster" a text, a number, or a list of them/],
    ['alias', `cluster: ${'&a '.repeat(3)}x\n`, /can't be read/],
  ] as const) {
    const file = join(folder, `${name}.yml`)
    writeFileSync(file, content)
    t.match(await run(t, ['names', '--config', file]), { status: 2, stderr: said }, name)
  }
  for (const [key, said] of [
    ['constructor', /sets "constructor", which is no flag/],
    ['hartbeat', /sets "hartbeat", which is no flag; did you mean heartbeat\?/],
  ] as const) {
    const file = join(folder, `${key}.json`)
    writeFileSync(file, JSON.stringify({ [key]: '1' }))
    const { status, stderr } = await run(t, ['names', '--config', file])
    t.equal(status, 2)
    t.match(stderr, said)
  }
})

t.test(
  'config tells what each flag is set to, and by what: what is typed goes before the rest',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'rollcall.yaml')
    const other = join(folder, 'other.json')
    writeFileSync(
      file,
      'cluster: 1.10\nheartbeat: 40\nnameserver: [a:1, b:2]\npriority: 1\nport: 7\nmdns: true\n',
    )
    writeFileSync(other, '{"heartbeat": 41, "nodes": 3}')
    const environment = { ROLLCALL_CONFIG: other, ROLLCALL_PRIORITY: '2', ROLLCALL_PORT: '8' }
    const args = ['config', '--json', '--config', file, '--port', '9']
    const { status, stdout } = await run(t, args, environment)
    t.equal(status, 0)
    t.match(JSON.parse(stdout), {
      port: { value: '9', from: 'command line' },
      priority: { value: '2', from: 'ROLLCALL_PRIORITY' },
      heartbeat: { value: '40', from: file },
      cluster: { value: '1.10', from: file },
      nameserver: { value: 'a:1,b:2', from: file },
      mdns: { value: 'true', from: file },
      nodes: { value: '3', from: other },
      'election-timeout': { value: '150-300', from: 'default' },
      'log-wire': { value: null, from: 'default' },
    })
    t.match((await run(t, ['config'])).stdout, /^data +default +\(\.rollcall\/ID\)$/m)
  },
)
