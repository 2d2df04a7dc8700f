/**
 * docs/guide.md as its reader goes through it: each file written, each command run, in order, with the packed package.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePorts } from '../harness/free-ports.js'
import { temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'
import { done, project } from './stranger.js'
import { tarball } from './tarball.js'

t.setTimeout(400_000)

const guide = readFileSync(join(project, 'docs/guide.md'), 'utf8')
const commands = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, text = '']) =>
  text.trim().split('\n'),
)
const packed = await tarball()
const [nameserver = 0, ...nodes] = await freePorts(5)
const folder = join(temporaryFolder(t), 'hello')
const place = `localhost:${nameserver}`
const members = nodes.map((port, n) => `node${n + 1}@localhost:${port}`).join(',')

/** The files of the guide, in this machine's free places. */
function writeFiles(): void {
  for (const [, name = '', text = ''] of guide.matchAll(/^Write `([\w.]+)`.*?^```(?:ts|js)\n(.*?)^```/gms))
    writeFileSync(
      join(folder, name),
      text
        .replaceAll('connect()', `connect({ nameserver: '${place}' })`)
        .replace(/serve\((\{.*\})\)/, `serve($1, { nameserver: '${place}' })`),
    )
}

class Terminal {
  said = ''
  readonly #child
  constructor(line: string, env: Readonly<Record<string, string>>) {
    const all = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...env }
    this.#child = spawn('sh', ['-c', `exec ${line}`], { cwd: folder, env: all, detached: true })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.said += text))
    t.teardown(() => this.stop())
  }
  says(pattern: RegExp): Promise<unknown> {
    return until(`${String(pattern)} in: ${this.said}`, () => pattern.test(this.said))
  }
  types(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    process.kill(-(this.#child.pid ?? 0), 'SIGINT')
    await once(this.#child, 'close')
  }
}

const numbersOf = (said: string): readonly number[] =>
  [...said.matchAll(/^(\d+) at /gm)].map(([, n]) => Number(n))

t.test('the guide', async (t) => {
  const left = [...commands]
  const next = (beginning: string): string => {
    const line = left.shift() ?? ''
    t.ok(line.startsWith(beginning), line)
    return line
  }
  await done('sh', ['-c', next('mkdir').replaceAll('hello', folder)], project)
  for (const beginning of ['npm init', 'npm pkg', 'npm install rollcall', 'npm install --save-dev'])
    await done('sh', ['-c', next(beginning).replace('install rollcall', `install ${packed}`)], folder)
  writeFiles()

  const env = { ROLLCALL_NAMESERVER: place }
  const names = new Terminal(next('npx rollcall nameserver'), { ROLLCALL_PORT: String(nameserver) })
  await names.says(/ready/)
  const greeter = new Terminal(next('npx tsx greeter.ts'), {})
  await greeter.says(/serving/)
  t.equal(
    await done('sh', ['-c', next('npx tsx call.ts')], folder),
    'hello, you\n1\n2\n3\nhello, Ann\nhello, Bob\n',
  )
  const said = (line: string): Promise<string> =>
    done('env', [`ROLLCALL_NAMESERVER=${place}`, 'sh', '-c', line], folder)
  t.match(await said(next('npx rollcall names')), /greeter/)
  t.equal(await said(next('npx rollcall call')), '"hello, you"\n')
  await greeter.stop()
  await t.rejects(said('npx rollcall call greeter.greet you'), /NAME_NOT_FOUND|UNREACHABLE/)
  await names.stop()

  const cluster = new Terminal(next('npx rollcall up'), { ...env, ROLLCALL_MEMBERS: members })
  await cluster.says(/elected leader/)
  const client = new Terminal(next('npx tsx visit.ts'), {})
  await client.says(/^3 at node/m)
  const [, leader = ''] = /^3 at (node\d)/m.exec(client.said) ?? []
  cluster.types(`kill ${leader}`)
  await client.says(new RegExp(`^\\d+ at node(?!${leader.slice(4)})\\d`, 'm'))
  const numbers = numbersOf(client.said)
  t.same(
    numbers,
    numbers.map((_, n) => n + 1),
    'no visit is lost, and none is counted twice',
  )
  await client.stop()
  cluster.types('exit')
  t.same(left, [], 'all of it was tried')
})
