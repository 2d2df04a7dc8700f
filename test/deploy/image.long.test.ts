/**
 * The steps of docs/deploy/docker/Dockerfile, in a copy of this machine's files that is laid over them, as no Docker is
 * needed to see whether they lead to a program that runs.
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { freePorts, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'

t.setTimeout(600_000)

const project = join(import.meta.dirname, '../../..')
const file = join(project, 'docs/deploy/docker/Dockerfile')
const run = promisify(execFile)

interface Step {
  readonly what: string
  readonly rest: string
}

/** By stage, without comments. */
function stages(): readonly (readonly Step[])[] {
  const all: Step[][] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, what = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (what === 'FROM') all.push([])
    if (what !== '' && what !== 'FROM') all.at(-1)?.push({ what, rest })
  }
  return all
}

/** A machine like this one, in which what is changed is changed for nobody else. */
class Root {
  readonly path: string
  workdir = '/'
  user = 'root'

  constructor(folder: string) {
    const at = mkdtempSync(join(folder, 'root-'))
    const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(at, name))
    for (const each of [upper, work, merged]) mkdirSync(String(each))
    this.path = String(merged)
    const layers = `lowerdir=/,upperdir=${upper},workdir=${work}`
    const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, this.path])
    if (mounted.status !== 0) throw new Error(mounted.stderr.toString())
    for (const each of ['proc', 'dev']) spawnSync('mount', ['--bind', `/${each}`, join(this.path, each)])
    // As the image that the steps begin with has one.
    spawnSync('chroot', [this.path, 'useradd', '--create-home', '--uid', '61000', 'node'])
  }

  end(): void {
    for (const each of ['proc', 'dev', '']) spawnSync('umount', ['--lazy', join(this.path, each)])
  }

  command(line: string): readonly [string, readonly string[]] {
    const home = this.user === 'root' ? '/root' : `/home/${this.user}`
    const path = process.env['PATH'] ?? ''
    const inside = `cd ${this.workdir} && export HOME=${home} PATH=${path} NODE_OPTIONS= && ${line}`
    return ['chroot', [`--userspec=${this.user}`, this.path, '/bin/sh', '-ec', inside]]
  }

  async run(line: string): Promise<string> {
    const [program, args] = this.command(line)
    return (await run(program, args, { maxBuffer: 100_000_000 })).stdout
  }
}

/** What Git has, and what is changed or new: no folder of packages, nothing compiled. */
function copyOfSources(to: string): void {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: project,
  })
  for (const name of listed.stdout.toString().trim().split('\n'))
    cpSync(join(project, name), join(to, name), { recursive: true, force: true })
}

async function build(folder: string, roots: Root[]): Promise<Root> {
  for (const steps of stages()) {
    const before = roots.at(-1)
    const root = new Root(folder)
    roots.push(root)
    for (const { what, rest } of steps) await take(root, before, what, rest)
  }
  const last = roots.at(-1)
  if (last === undefined) throw new Error('the Dockerfile has no stage')
  return last
}

async function take(root: Root, before: Root | undefined, what: string, rest: string): Promise<void> {
  if (what === 'RUN') await root.run(rest)
  else if (what === 'USER') root.user = rest
  else if (what === 'WORKDIR') {
    root.workdir = rest
    mkdirSync(join(root.path, rest), { recursive: true })
  } else if (what === 'COPY' && rest === '. .') copyOfSources(join(root.path, root.workdir))
  else if (what === 'COPY') {
    const [, from = ''] = /^--from=build (\S+) \/$/.exec(rest) ?? []
    const found = spawnSync('sh', ['-c', `ls ${before?.path}${from}`], { encoding: 'utf8' }).stdout.trim()
    cpSync(found, join(root.path, basename(found)))
  }
}

const folder = temporaryFolder(t)

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can lay one file system over another'
  try {
    new Root(folder).end()
    return false
  } catch (error) {
    return `no file system can be laid over another here: ${String(error)}`
  }
}

t.test(
  'the steps of the image lead to a member that serves as its user, and ends tidily',
  { skip: whyNot() },
  async (t) => {
    const roots: Root[] = []
    t.teardown(() => roots.reverse().forEach((root) => root.end()))
    const root = await build(folder, roots)
    t.match(await root.run('rollcall --version'), /^\d+\.\d+\.\d+\n$/)
    t.equal((await root.run('id -un')).trim(), 'node')
    const [port = 0] = await freePorts(1)
    const line = `exec rollcall node a --members a@localhost:${port}`
    const [program, args] = root.command(line)
    const member = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    t.teardown(() => member.kill('SIGKILL'))
    let said = ''
    member.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = new Promise<number | null>((resolve) => member.once('close', resolve))
    await until('the member to lead', () => said.includes('elected leader') || member.exitCode !== null)
    await until('it to be ready', async () => {
      return (await fetch(`http://localhost:${port}/readyz`).catch(() => undefined))?.status === 200
    })
    t.match(await root.run(`rollcall ready localhost:${port}`), /^ready$/m)
    t.match(await root.run('ls -ld /data/.rollcall/a'), /^drwx.* node node /)
    member.kill('SIGTERM')
    t.equal(await ended, 0, said)
  },
)
