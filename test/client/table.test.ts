/** The REPL's table against a cluster that only remembers what it was asked. */
import t from 'tap'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { ReplContext } from '../../client/repl/command.js'
import { complete, findCommand, helpText, isBlank, isExit, runLine } from '../../client/repl/table.js'
import { resultText } from '../../client/repl/run-command.js'
import { runScript } from '../../client/repl/script.js'
import { PassThrough } from 'node:stream'
import { Supervisor } from '../../client/up/supervisor.js'
import type { Json } from '../../lib/json.js'
import { createProxy } from '../../lib/rpc/proxies/proxy.js'
import { NoQuorumError } from '../../lib/rpc/errors.js'
import type { NameServerApi } from '../../lib/names.js'
import { uri } from '../../lib/rpc/uri.js'
import { UsageError } from '../../lib/command-line/report.js'

type Answer = (method: string, params: readonly Json[]) => Json

function contextWith(answer: Answer): { readonly context: ReplContext; readonly asked: string[] } {
  const asked: string[] = []
  const call: Rollcall['call'] = async (object, method, params) => {
    asked.push(`${object}.${method} ${JSON.stringify(params)}`)
    return answer(`${object}.${method}`, params)
  }
  const object: Rollcall['object'] = (name) =>
    createProxy((method, params) => call(typeof name === 'string' ? name : name.of, method, params))
  const rollcall: Rollcall = {
    call,
    object,
    batch: () => t.fail('nobody makes calls together here') as never,
    atomic: () => t.fail('nobody makes calls together here') as never,
    nameserver: object<NameServerApi>('nameserver'),
    resolve: async (name) => [uri(name)],
    leader: async () => uri('node2@localhost:9102'),
    callLeader: (method, params) => call('leader', method, params),
    status: async () => [],
    watch: () => t.fail('nobody watches here') as never,
    watchLeader: () => t.fail('nobody watches here') as never,
    lock: () => t.fail('nobody holds anything here') as never,
    semaphore: () => t.fail('nobody holds anything here') as never,
    election: () => t.fail('nobody holds anything here') as never,
    once: () => t.fail('nobody runs anything here') as never,
    queue: () => t.fail('nobody runs anything here') as never,
    schedule: () => t.fail('nobody runs anything here') as never,
    rateLimiter: () => t.fail('nobody takes anything here') as never,
    idGenerator: () => t.fail('nobody takes anything here') as never,
    barrier: () => t.fail('nobody waits here') as never,
    map: () => t.fail('nobody shares anything here') as never,
    set: () => t.fail('nobody shares anything here') as never,
    list: () => t.fail('nobody shares anything here') as never,
    close() {},
    [Symbol.dispose]() {},
  }
  return { context: { rollcall, columns: 80, colour: false }, asked }
}

const supervisor = new Supervisor(
  ['node1', 'node2'].map((id) => ({ id, args: [], env: {}, rank: 0 })),
  { line() {}, died() {} },
)

t.test('each line is one call, with the arguments read as the contract says', async (t) => {
  const { context, asked } = contextWith((method) =>
    method === 'log.entries' ? [] : method === 'log.append' ? { index: 1, term: 1 } : 1,
  )
  for (const line of [
    'append  hello {"a": 1} "quoted"  ',
    'log 3 2',
    'log 7',
    'entry 4',
    'set x 1',
    'set "two words" {"a": [1, 2]}',
    'set y plain text',
    'get x',
    'delete x',
    'incr',
    'incr -5',
    'call kv.cas x null "v"',
  ])
    await runLine(line, context)
  t.same(asked, [
    'log.append ["hello {\\"a\\": 1} \\"quoted\\""]',
    'log.entries [3,2]',
    'log.entries [7,20]',
    'log.entry [4]',
    'kv.set ["x",1]',
    'kv.set ["two words",{"a":[1,2]}]',
    'kv.set ["y","plain text"]',
    'kv.get ["x"]',
    'kv.delete ["x"]',
    'counter.increment []',
    'counter.increment [-5]',
    'kv.cas ["x",null,"v"]',
  ])
})

t.test('log without numbers shows the last entries', async (t) => {
  const { context, asked } = contextWith((method) => (method === 'log.length' ? 100 : []))
  await runLine('log', context)
  t.same(asked, ['log.length []', 'log.entries [81,20]'])
})

t.test('what is wrong on a line is refused before anybody is asked', async (t) => {
  const { context, asked } = contextWith(() => null)
  const wrong = [
    'append',
    'entry',
    'entry x',
    'entry 0',
    'entry 1 2',
    'log a',
    'set x',
    'set',
    'get',
    'get a b',
    'incr 1.5',
  ]
  for (const line of [...wrong, 'call', 'call nodot', 'status now', 'watch', 'kill node1'])
    await t.rejects(runLine(line, context), UsageError, line)
  t.same(asked, [])
})

t.test('a typo is answered with the command that was meant', async (t) => {
  const { context } = contextWith(() => null)
  t.throws(() => findCommand('appendd', context), {
    message: 'unknown command: appendd; did you mean append?',
  })
  t.throws(() => findCommand('STATUS', context), { message: /did you mean status/ })
  t.throws(() => findCommand('zebra', context), {
    message: 'unknown command: zebra; help lists the commands',
  })
  for (const typed of ['stat', 'statsu'])
    t.throws(() => findCommand(typed, context), { message: /mean status/ })
  t.throws(() => findCommand('kv.get', context), { message: /did you mean call kv\.get\?/ })
  t.throws(() => findCommand('hepl', context), { message: /did you mean help/ })
})

const helpOf = async (command: string, context: ReplContext): Promise<string | undefined> =>
  resultText(await runLine(`help ${command}`, context), false)

t.test('help lists what can be used here', async (t) => {
  const { context } = contextWith(() => null)
  t.match(helpText(context), /^append TEXT +append the rest of the line/)
  t.notMatch(helpText(context), /kill NODE/)
  t.match(
    helpText(context),
    /^call OBJECT.METHOD.*\n {2}log .*append.*\n {2}kv .*cas.*\n {2}counter .*value\n {2}lock .*holder$/m,
  )
  t.match(
    await helpOf('call', { ...context, columns: 110 }),
    /^call OBJECT.METHOD.*\n {2}log .*\n {2}kv .*\n {2}counter .*value\n {2}lock .*/,
  )
  t.match(helpText({ ...context, supervisor }), /kill NODE/)
  for (const line of helpText({ ...context, supervisor }).split('\n')) t.ok(line.length <= 110, line)
})

t.test('Tab completes commands, then methods, keys and processes', async (t) => {
  const { context } = contextWith((method, [object]) => {
    if (method === 'kv.keys') return ['colour', 'count']
    if (method.endsWith('.objects')) return ['kv', 'log']
    return { methods: [{ name: object === 'kv' ? 'get' : 'append', kind: 'command' }] }
  })
  const all = { ...context, supervisor }
  t.same(await complete('appe', all), [['append '], 'appe'])
  t.same(await complete('  st', all), [['status ', 'stop ', 'start '], 'st'])
  t.same(await complete('kill ', all), [['node1 ', 'node2 '], ''])
  t.same(await complete('kill ', context), [[], ''])
  t.same(await complete('get c', all), [['colour ', 'count '], 'c'])
  t.same(await complete('call k', all), [['kv.get '], 'k'])
  t.same(await complete('append k', all), [[], 'k'])
  t.same(await complete('nonsense k', all), [[], 'k'])
})

t.test('blank lines and comments are no commands; exit is one', async (t) => {
  t.ok(['', '   ', '# note'].every(isBlank))
  t.notOk(isBlank('append # note'))
  t.ok(['exit', ' exit '].every(isExit))
  t.notOk(isExit('exit now'))
})

async function script(
  answer: Answer,
  lines: string | Uint8Array,
): Promise<{ ok: boolean; results: string[]; errors: string[] }> {
  const { context } = contextWith(answer)
  const results: string[] = []
  const errors: string[] = []
  const input = new PassThrough()
  input.end(lines)
  const printers = {
    result: (text: string) => void results.push(text),
    error: (text: string) => void errors.push(text),
  }
  const ok = await runScript(input, context, printers, new AbortController().signal)
  return { ok, results, errors }
}

t.test('what append tells is an index of the log, and says so', async (t) => {
  const { context } = contextWith(() => ({ index: 3, term: 1 }))
  const appended = await runLine('append hello', context)
  t.equal(resultText(appended, true), '{"index":3,"term":1}  entry 3 of the object log')
  t.equal(resultText(appended, false), '{"index":3,"term":1}')
})

t.test('a script gives one line of JSON for each value, in order', async (t) => {
  let value = 0
  const done = await script(() => ++value, 'incr\r\n\n# a comment\nget x\nleader\nincr')
  t.same(done, { ok: true, results: ['1', '2', '"node2@localhost:9102"', '3'], errors: [] })
})

t.test('a script goes on after a command that failed, and says so at the end', async (t) => {
  const refuse: Answer = (method) => {
    if (method === 'kv.get') throw new NoQuorumError('two of four\nmembers answer')
    return 7
  }
  const done = await script(refuse, 'get x\nnonsense\nincr\n')
  t.same(done.results, ['7'])
  t.same(done.errors, [
    'error: NO_QUORUM: two of four; members answer',
    'error: USAGE: unknown command: nonsense; help lists the commands',
  ])
  t.equal(done.ok, false)
})

t.test('bug: a text with U+2028 in it was cut in two, and the rest run as a command', async (t) => {
  const taken: Json[] = []
  const append: Answer = (_, params) => {
    taken.push(...params)
    return { index: 1, term: 1 }
  }
  const done = await script(append, 'append one\u2028exit\u2029two\rthree\r\nappend end')
  t.match(done, { ok: true, errors: [] })
  t.same(taken, ['one\u2028exit\u2029two\rthree', 'end'])
})

t.test('bug: a line that was not UTF-8 was stored with other characters in it', async (t) => {
  const done = await script(() => 1, Buffer.from('set colour grün\nincr\n', 'latin1'))
  t.same(done, { ok: false, results: ['1'], errors: ['error: USAGE: a line is not UTF-8: it was not run'] })
})

t.test('nothing after exit is run', async (t) => {
  t.same(await script(() => 1, 'incr\nexit\nincr\n'), { ok: true, results: ['1'], errors: [] })
})
