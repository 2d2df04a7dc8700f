/** Every command of the README does what the README says. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { connect } from '../../index.js'
import { pause } from '../harness/cluster.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'

const project = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(project, 'README.md'), 'utf8')

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  )
}

const commandLines = blocks('sh').flatMap((block) => block.trim().split('\n'))

/** Run by .ci/run as a newcomer types them; here they would install and test within the tests. */
const twoCommands = ['npm ci && npm start', 'npm ci && npm test']
/** These take minutes, or hours. */
const proofs = commandLines.filter((line) => /^npm run (sim|chaos|mutants)\b/.test(line))
const terminals = commandLines.filter((line) => /^npm run (nameserver|node)\b/.test(line))
const clients = commandLines.filter((line) => ![...twoCommands, ...proofs, ...terminals].includes(line))

t.setTimeout(120_000)

interface Shell {
  readonly output: Promise<{
    readonly status: number | null
    readonly stdout: string
    readonly stderr: string
  }>
  end(): Promise<unknown>
}

/** Runs a line of the README in the project's folder, its whole process group ended with the test. */
function shell(line: string, env: Readonly<Record<string, string>>): Shell {
  const child = spawn('sh', ['-c', `unset NODE_OPTIONS\n${line}`], {
    cwd: project,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const heard = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text))
  const ended = once(child, 'close')
  return {
    output: ended.then(() => ({ status: child.exitCode, ...heard })),
    end: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}

t.test('six terminals, a pipe and single calls', async (t) => {
  const folder = temporaryFolder(t)
  const [nameserverPort = 0, ...ports] = await freePorts(5)
  const nameserver = `localhost:${nameserverPort}`
  const members = ports.map((port, n) => `node${n + 1}@localhost:${port}`)
  const place = { ROLLCALL_NAMESERVER: nameserver, ROLLCALL_MEMBERS: members.join(',') }

  t.equal(terminals.length, 5)
  for (const [n, line] of terminals.entries()) {
    const own = {
      ROLLCALL_DATA: join(folder, String(n)),
      ...(n === 0 && { ROLLCALL_PORT: String(nameserverPort) }),
    }
    const terminal = shell(line, { ...place, ...own })
    t.teardown(() => terminal.end())
  }
  const client = await connect({ nameserver, members, timeoutMs: 60_000 })
  t.teardown(() => client.close())
  await client.call('counter', 'value', [])
  while (!(await client.nameserver.list()).some(({ name }) => name === 'kv')) await pause(50)

  const expected: Readonly<Record<string, RegExp>> = {
    'npm run client': /^$/,
    "printf 'set colour blue\\nget colour\\n' | npm run --silent client": /^null\n"blue"\n$/,
    'npm run --silent rollcall -- call counter.increment 5': /^5\n$/,
    'npm run --silent rollcall -- status': /leader node\d, term \d+, 4 of 4 members reachable/,
    'npm run --silent rollcall -- names': /^kv\s+kv@localhost:\d+/m,
  }
  const curl = clients.filter((line) => line.startsWith('curl '))
  t.same([...clients].sort(), [...Object.keys(expected), ...curl].sort(), 'every line is tried here')
  for (const [line, stdout] of Object.entries(expected)) {
    const output = await shell(line, place).output
    t.equal(output.status, 0, `${line}: ${output.stderr}`)
    if (line !== 'npm run client') t.match(output.stdout, stdout)
  }
  for (const line of curl) {
    const { stdout } = await shell(line.replace('localhost:9090', nameserver), {}).output
    t.match(JSON.parse(stdout), { jsonrpc: '2.0', id: 1, result: /^kv@localhost:/ })
  }
})

t.test('what takes minutes is run by .ci/run as it stands, or here in short', async (t) => {
  const inShort: Readonly<Record<string, RegExp>> = {
    'npm run --silent sim -- --seeds 1': /^1 seeds, 0 failed/m,
    'npm run --silent mutants -- --seeds 0 check-quorum': /^1 of 1 mistakes were caught$/m,
  }
  for (const [line, stdout] of Object.entries(inShort)) {
    const output = await shell(line, {}).output
    t.equal(output.status, 0, `${line}: ${output.stderr}`)
    t.match(output.stdout, stdout)
  }
  const inCi = readFileSync(join(project, '.ci/run'), 'utf8').replaceAll(' --silent', '').split('\n')
  const known = [...inCi, 'npm run mutants']
  t.equal(proofs.length, 3)
  t.same(
    proofs.filter((line) => !known.some((run) => run.startsWith(line))),
    [],
    'every line is run, if with one flag more',
  )
})

t.test('the example of a replicated object prints what its comment says', async (t) => {
  const folder = temporaryFolder(t)
  const [source = ''] = blocks('ts')
  const ports = await freePorts(4)
  const placed = source
    .replace(/\b700(\d)\b/g, (_, n: string) => String(ports[Number(n)]))
    .replaceAll('data/', `${folder}/`)
  const { outputText } = transpileModule(placed, {
    compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.ESNext },
  })
  const file = join(project, 'dist', `readme-example-${process.pid}.mjs`)
  writeFileSync(file, outputText)
  t.teardown(() => rmSync(file))
  const { status, stdout, stderr } = await shell(`'${process.execPath}' '${file}'`, {}).output
  t.equal(status, 0, stderr)
  const [, said] = /\/\/ (.*)/.exec(source) ?? []
  t.equal(stdout, `${said}\n`)
})
