/** Every command of the README does what the README says. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { connect } from '../../api.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'
import { blocks, project, shell } from './readme.js'

const commandLines = blocks('sh').flatMap((block) => block.trim().split('\n'))

/** Run by .ci/run as a newcomer types them; here they would install and test within the tests. */
const twoCommands = ['npm ci && npm start', 'npm ci && npm test']
/** Run with the packed package by test/package/stranger.long.test.ts. */
const installing = ['npm install rollcall']
/** These take minutes, or hours. */
const proofs = commandLines.filter((line) => /^npm run (sim|chaos|mutants)\b/.test(line))
const terminals = commandLines.filter((line) => /^npm run (nameserver|node)\b/.test(line))
const clients = commandLines.filter(
  (line) => ![...twoCommands, ...installing, ...proofs, ...terminals].includes(line),
)

t.setTimeout(120_000)

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
  await until('the name kv', async () => (await client.nameserver.list()).some(({ name }) => name === 'kv'))

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

t.test(
  'what takes minutes is run by .ci/run as it stands, or in short here and in readme.long',
  async (t) => {
    const output = await shell('npm run --silent sim -- --seeds 1', {}).output
    t.equal(output.status, 0, output.stderr)
    t.match(output.stdout, /^1 seeds, 0 failed/m)
    const ci = readFileSync(join(project, '.ci/run'), 'utf8')
    const inCi = ci.replaceAll(/ --silent|^beside \w+ /gm, '').split('\n')
    const known = [...inCi, 'npm run mutants']
    t.equal(proofs.length, 3)
    t.same(
      proofs.filter((line) => !known.some((run) => run.startsWith(line))),
      [],
      'every line is run, if with one flag more',
    )
  },
)

const example = blocks('ts').find((text) => text.includes('startNode')) ?? ''
const [, printed = ''] = /\/\/ (.*)/.exec(example) ?? []

t.test('the example of a replicated object prints what its comment says', async (t) => {
  t.equal(await runExample(t, example), `${printed}\n`)
})

t.test('bug: a page called constructor was counted wrongly', async (t) => {
  t.equal(await runExample(t, example.replaceAll('/home', 'constructor')), `${printed}\n`)
})

async function runExample(t: Test, source: string): Promise<string> {
  const folder = temporaryFolder(t)
  const ports = await freePorts(4)
  const placed = source
    .replace(/\b700(\d)\b/g, (_, n: string) => String(ports[Number(n)]))
    .replaceAll('data/', `${folder}/`)
  const { outputText } = transpileModule(placed, {
    compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.ESNext },
  })
  const file = join(project, 'dist', `readme-example-${process.pid}.mjs`)
  writeFileSync(file, outputText)
  t.teardown(() => rmSync(file, { force: true }))
  const { status, stdout, stderr } = await shell(`'${process.execPath}' '${file}'`, {}).output
  t.equal(status, 0, stderr)
  return stdout
}
