/** The runner of the tests: what it must never take for passed, and what it must not leave running. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { pause } from '../harness/cluster.js'
import { temporaryFolder } from '../harness/processes.js'
import { runAll } from './run-all.js'
import type { Patience } from './run-files.js'

const project = join(import.meta.dirname, '../../..')

const SOURCES = {
  passes: "t.test('one', async (t) => { t.ok(1); t.equal(1, 1) })",
  fails: "t.test('two is three', async (t) => t.equal(2, 3))",
  throws: "throw new Error('while it is loaded')",
  crashes: "t.test('it crashes', async () => process.kill(process.pid, 'SIGKILL'))",
  exits: "t.test('it exits', async () => process.exit(0))",
  borrows: `t.teardown(() => { delete globalThis.borrowed })
t.test('it borrows', async (t) => t.ok(globalThis.borrowed = true))`,
  lends: "t.test('it is back', async (t) => t.equal(globalThis.borrowed, undefined))",
  silent: '',
  empty: "t.test('nothing is asserted', async () => undefined)",
  hangs: "t.test('it hangs', () => new Promise(() => setInterval(() => undefined, 1000)))",
  waits: `t.test('it waits', { timeout: 500 }, () => new Promise(() => setInterval(() => undefined, 1000)))`,
  leaves: `t.test('it leaves a child', async (t) => {
    const child = spawn('sleep', ['1000'], { stdio: 'inherit' })
    writeFileSync(process.env.LEFT ?? 'left', String(child.pid))
    child.unref()
    t.ok(child.pid)
  })`,
}
type Kind = keyof typeof SOURCES

const HEAD = `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
`

/** A folder with such files; their paths. */
function filesIn(t: Test, ...kinds: readonly Kind[]): readonly string[] {
  const folder = temporaryFolder(t)
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  return kinds.map((kind, n) => {
    mkdirSync(join(folder, String(n)))
    const file = join(folder, String(n), `${kind}.mjs`)
    writeFileSync(
      file,
      HEAD + SOURCES[kind].replace("process.env.LEFT ?? 'left'", JSON.stringify(`${file}.pid`)),
    )
    return file
  })
}

/** What is said of them when they share a process. */
async function said(files: readonly string[], patience?: Patience) {
  const lines: string[] = []
  const isPassed = await runAll([files], (text) => lines.push(...text.split('\n')), patience)
  const points = lines.flatMap(
    (line) => /^((?:not )?ok) \d+ - .*?([a-z]+)\.mjs/.exec(line)?.slice(1).join(' ') ?? [],
  )
  return { isPassed, lines, points, last: lines.slice(-2) }
}

async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return
      process.kill(pid, 0)
    } catch {
      return
    }
    await pause(20)
  }
}

t.test('files that pass: their assertions are counted', async (t) => {
  const { isPassed, points, last } = await said(filesIn(t, 'passes', 'passes'))
  t.ok(isPassed)
  t.same(points, ['ok passes', 'ok passes'])
  t.same(last, ['# 4 assertions', '2 passed, 0 failed'])
})

t.test('one that fails is told with all that it printed, and those beside it pass', async (t) => {
  const files = filesIn(t, 'passes', 'fails', 'passes')
  const { isPassed, points, lines, last } = await said(files)
  t.notOk(isPassed)
  t.same(points, ['ok passes', 'not ok fails', 'ok passes'])
  t.match(lines.join('\n'), /^ +not ok \d+ - two is three/m)
  t.ok(lines.includes(`# node ${files[1]}`), 'with what runs it alone')
  t.same(last, ['# 5 assertions', '2 passed, 1 failed'])
})

t.test('one that can not be loaded, crashes, or ends its process: those behind it are run', async (t) => {
  for (const kind of ['throws', 'crashes', 'exits'] as const) {
    const { isPassed, points } = await said(filesIn(t, 'passes', kind, 'passes'))
    t.notOk(isPassed)
    t.same(points, ['ok passes', `not ok ${kind}`, 'ok passes'])
  }
})

t.test('what a file wants done at its end is done before the next one begins', async (t) => {
  const { isPassed, points } = await said(filesIn(t, 'borrows', 'lends'))
  t.ok(isPassed)
  t.same(points, ['ok borrows', 'ok lends'])
})

t.test('one that asserts nothing has shown nothing', async (t) => {
  const { isPassed, points, last } = await said(filesIn(t, 'silent', 'empty', 'passes'))
  t.notOk(isPassed)
  t.same(points, ['not ok silent', 'not ok empty', 'ok passes'])
  t.equal(last[1], '1 passed, 2 failed')
})

t.test('one that hangs is ended when patience is', async (t) => {
  const { points, lines } = await said(filesIn(t, 'passes', 'hangs'), {
    wholeMs: 3000,
    afterTimeOutMs: 600_000,
  })
  t.same(points.at(-1), 'not ok hangs')
  t.match(lines.join('\n'), /the process was ended by SIGKILL/)
})

t.test(
  'one that goes on behind a test that has timed out is ended soon, and those behind it are run',
  async (t) => {
    const { points, lines } = await said(filesIn(t, 'waits', 'passes'), {
      wholeMs: 600_000,
      afterTimeOutMs: 1000,
    })
    t.same(points, ['not ok waits', 'ok passes'])
    t.match(lines.join('\n'), /not ok \d+ - timeout!/)
  },
)

t.test('a child that a file leaves behind is ended, and does not keep the run', async (t) => {
  const [file = ''] = filesIn(t, 'leaves')
  t.same((await said([file])).points, ['ok leaves'])
  await isGone(Number(readFileSync(`${file}.pid`, 'utf8')))
})

t.test('a signal ends the run with all that it has started', async (t) => {
  const [leaves = '', hangs = ''] = filesIn(t, 'leaves', 'hangs')
  const runner = join(import.meta.dirname, 'run-all.js')
  const script = `import { runAll } from ${JSON.stringify(runner)}; await runAll([${JSON.stringify([leaves, hangs])}])`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  while (!existsSync(`${leaves}.pid`) || readFileSync(`${leaves}.pid`, 'utf8') === '') await pause(20)
  child.kill('SIGTERM')
  // Its output is also that of what it has started.
  child.stdout.resume()
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null]
  t.same([status, signal], [null, 'SIGTERM'])
  await isGone(Number(readFileSync(`${leaves}.pid`, 'utf8')))
})
