import t from 'tap'
import { demandOnce, withArgumentsBeforeRest } from '../../../lib/command-line/flag.js'
import { FLAG_NAMES, FLAGS, isFlagName } from '../../../lib/command-line/flags.js'
import { EXIT, errorLine, exitCodeFor, UsageError } from '../../../lib/command-line/report.js'
import { NotLeaderError } from '../../../lib/rpc/errors.js'

t.test('flags are read into what they mean, with defaults', async (t) => {
  t.same(FLAGS['election-timeout'].coerce('200-400'), { min: 200, max: 400 })
  t.same(FLAGS['election-timeout'].coerce(undefined), { min: 150, max: 300 })
  t.same(FLAGS.nameserver.coerce('a:1, [::1]:2'), ['a:1', '[::1]:2'])
  t.same(FLAGS.members.coerce('n1@h:1,n2@[::1]:2'), ['n1@h:1', 'n2@[::1]:2'])
  t.same(FLAGS['allow-origin'].coerce('https://app.example,http://[::1]:3000'), [
    'https://app.example',
    'http://[::1]:3000',
  ])
  t.same(FLAGS['allow-host'].coerce('Node1.example, [::1]:9101'), ['Node1.example', '[::1]:9101'])
  t.equal(FLAGS.port.coerce('0'), 0)
  t.equal(FLAGS.port.coerce(undefined), undefined)
})

const isSwitch = (name: string): boolean => name === 'mdns'

t.test('bug: of call --cluster x -- kv.set -1 it was said that an argument is missing', async (t) => {
  for (const [typed, before, rest] of [
    ['call --cluster x -- kv.set -1 a', 'call --cluster x kv.set', '-1 a'],
    ['call --cluster=x -- kv.get', 'call --cluster=x kv.get', ''],
    ['call kv.set -- a --b c', 'call kv.set a', '--b c'],
    // What comes next is for a flag to take.
    ['call --cluster -- kv.get', 'call --cluster', 'kv.get'],
    ['call --mdns -- kv.get x', 'call --mdns kv.get x', ''],
  ] as const)
    t.equal(withArgumentsBeforeRest(typed.split(' '), isSwitch).join(' '), `${before} -- ${rest}`.trim())
  t.same(withArgumentsBeforeRest(['names', '--json'], isSwitch), ['names', '--json'])
})

t.test('a wrong value is a usage error that names flag and value', async (t) => {
  const wrong = [
    ...FLAG_NAMES.filter((name) => FLAGS[name].type === 'string').map((name) => [name, ''] as const),
    ['port', '65536'],
    ['port', '1e3'],
    ['heartbeat', '0'],
    ['election-timeout', '300-150'],
    ['election-timeout', '0-1'],
    ['members', 'node1'],
    ['members', 'a@h:1,a@h:2'],
    ['members', 'a@h:1,'],
    ['members', 'a@h:65536'],
    ['members', 'a@[::1]:99999'],
    ['host', ''],
    ['host', 'localhost:9101'],
    ['host', '10.0.0.1:9101'],
    ['host', '[::1]:9101'],
    ['host', '[::1]'],
    ['host', 'http://localhost'],
    ['nameserver', 'x@y:1'],
    ['nameserver', 'y:65536'],
    ['advertise', 'y:65536'],
    ['cluster', 'two words'],
    ['allow-object', 'kv,'],
    ['listen-unix', 'here'],
    ['keep-alive', '10'],
    ['allow-host', '*'],
    ['allow-host', 'https://app.example'],
    ['allow-host', 'node1.example:x'],
    ['allow-origin', '*'],
    ['allow-origin', 'null'],
    ['allow-origin', 'app.example'],
    ['allow-origin', 'https://app.example/'],
    ['allow-origin', 'https://App.example'],
  ] as const
  for (const [flag, value] of wrong) t.throws(() => FLAGS[flag].coerce(value), UsageError, `${flag} ${value}`)
  for (const host of ['localhost', '10.0.0.1', '::', 'fe80::1%eth0', 'node_1.example'])
    t.equal(FLAGS.host.coerce(host), host)
  t.throws(() => FLAGS.port.coerce('x'), {
    message: '--port must be a whole number from 0 to 65535, not "x"',
  })
})

t.test('a flag that is given twice is named', async (t) => {
  for (const name of FLAG_NAMES)
    t.throws(
      () => void Reflect.apply(FLAGS[name].coerce, undefined, [['1', '2']]),
      { name: 'UsageError', message: `--${name} is given more than once, with 1 and with 2: give it once` },
      name,
    )
})

t.test(
  'bug: a flag of one command that was given twice failed at the other end, or counted once',
  async (t) => {
    const typed = ['names', '--prefix', 'a', '--prefix=b', '--', '--args']
    const message = '--prefix is given more than once, with a and with b: give it once'
    t.throws(() => demandOnce({ prefix: ['a', 'b'], labels: ['x'] }, typed), { name: 'UsageError', message })
    demandOnce({ nameserver: ['a', 'b'] }, ['list', '--nameserver', 'a,b'])
    demandOnce({ prefix: 'a', labels: ['x', 'y'], args: ['x', 'y'], '--': ['--args'] }, typed)
  },
)

t.test(
  'bug: a flag that takes a list was said to be given more than once, however often it was',
  async (t) => {
    const values = { nameserver: ['a:1'], members: ['n1@h:1', 'n2@h:2'] }
    demandOnce(values, ['status', '--nameserver', 'a:1', '--members=n1@h:1,n2@h:2'])
    t.same(values.nameserver, ['a:1'])
  },
)

t.test('what every object inherits is no flag', async (t) => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    t.notOk(isFlagName(name), name)
  t.ok(isFlagName('log-keep'))
})

t.test('an error is one line with its name, and harmless to a terminal', async (t) => {
  t.match(
    errorLine(new NotLeaderError({ leader: null, term: 3, members: [] })),
    /^error: NOT_LEADER: .*term 3/,
  )
  t.equal(errorLine(Object.assign(new Error('listen'), { code: 'EADDRINUSE' })), 'error: EADDRINUSE: listen')
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  t.equal(errorLine(full), 'error: ENOSPC: no space left on device, write')
  const outer = (message: string, cause: Error) => errorLine(new Error(message, { cause }))
  t.equal(
    outer(`/x can not be used: ${full.message}`, full),
    'error: ENOSPC: /x can not be used: no space left on device, write',
  )
  t.equal(outer(`no room (${full.message})`, full), 'error: ENOSPC: no room (no space left on device, write)')
  const taken = Object.assign(new Error('listen EADDRINUSE: in use ::1:1'), { code: 'EADDRINUSE' })
  t.equal(errorLine(taken), 'error: EADDRINUSE: listen: in use ::1:1')
  const gone = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' })
  t.equal(outer(`x: ${gone.message}`, gone), 'error: ECONNREFUSED: x: connect ::1:1')
  t.equal(errorLine(new Error('a\n  b\x1b[2J')), 'error: FAILED: a; b\\u001b[2J')
  t.equal(errorLine('text'), 'error: FAILED: text')
  t.equal(errorLine(undefined), 'error: FAILED: undefined')
})

t.test('wrong usage is exit code 2, every other failure 1', async (t) => {
  t.equal(exitCodeFor(new UsageError('x')), EXIT.usage)
  t.equal(exitCodeFor(new Error('x')), EXIT.failed)
})
