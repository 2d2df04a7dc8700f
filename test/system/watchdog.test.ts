/** The watchdog ends a process whose method does not end, says which, and leaves all others alone. */
import { spawn } from 'node:child_process'
import t from 'tap'
import { plainNode } from '../harness/processes.js'

const module = new URL('../../lib/system/watchdog.js', import.meta.url).href

/** Runs a program that has a watchdog with a limit of 200 ms, and the number of a method `dice.roll`. */
function run(
  program: string,
): Promise<{ readonly end: number | NodeJS.Signals | null; readonly stderr: string }> {
  const source = `
    import { execSync } from 'node:child_process'
    import { ThreadWatchdog } from ${JSON.stringify(module)}
    const watchdog = new ThreadWatchdog(200, 'data/a', { warn: console.error })
    watchdog.enrol('dice.throw')
    const roll = watchdog.enrol('dice.roll')
    ${program}
  `
  const child = spawn('env', [...plainNode, '--input-type=module', '-e', source], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve) => {
    child.on('close', (status, signal) => resolve({ end: status ?? signal, stderr }))
  })
}

t.test('a command that does not end is named with its entry', async (t) => {
  const { end, stderr } = await run('watchdog.started(roll, 57); for (;;);')
  t.equal(end, 1)
  t.match(
    stderr,
    /^error: METHOD_NEVER_ENDS: dice\.roll, entry 57 of the log, has run for 0\.2 s .* rollcall skip 57 --data data\/a [^\n]*\n$/,
  )
})

t.test('one that catches every error it can get is ended too', async (t) => {
  const { end } = await run(`watchdog.started(roll, 1); for (;;) try { JSON.parse('{') } catch {}`)
  t.equal(end, 1)
})

t.test('one that can not be interrupted is killed', async (t) => {
  const { end, stderr } = await run(`watchdog.started(roll, 0); execSync('sleep 5')`)
  t.equal(end, 'SIGKILL')
  t.match(stderr, /^error: METHOD_NEVER_ENDS: the query dice\.roll has run for 0\.2 s/)
})

t.test('a busy process whose methods all end is left alone, and so is one that does nothing', async (t) => {
  const busy = `
    const end = Date.now() + 1000
    for (let index = 1; Date.now() < end; index++) { watchdog.started(roll, index); watchdog.ended() }
  `
  t.same(await run(busy), { end: 0, stderr: '' })
  t.same(await run('setTimeout(() => {}, 1000)'), { end: 0, stderr: '' })
})

t.test('a name has one number, whoever asks for it', async (t) => {
  const same = `process.exitCode = watchdog.enrol('dice.roll') === roll && roll !== watchdog.enrol('dice.throw') ? 0 : 3`
  t.equal((await run(same)).end, 0)
})
