/** Each example is started as its page says, and prints what its page shows. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startNameServer } from '../../api.js'
import { freePorts } from '../harness/free-ports.js'
import { silent } from '../harness/ports.js'
import { temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'
import { hasChromium, linesOf } from './page.js'
import { project, stranger, tools, withTools } from './stranger.js'
import { tarball } from './tarball.js'

t.setTimeout(300_000)

const [port = 0, webPort = 0] = await freePorts(2)
const names = await startNameServer({
  port,
  data: temporaryFolder(t),
  allowOrigins: [`http://localhost:${webPort}`],
  logger: silent,
})
t.teardown(() => names.close())
const env = { ...process.env, NODE_OPTIONS: '', NAMESERVER: `localhost:${port}`, PORT: String(webPort) }

const pageOf = (name: string): string => readFileSync(join(project, 'examples', name, 'README.md'), 'utf8')
/** What stands in the page's last block. */
const promised = (name: string): string =>
  [...pageOf(name).matchAll(/^```\w*\n(.*?)^```$/gms)].at(-1)?.[1] ?? ''

function start(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { cwd: project, env: { ...env, ...more } })
  const said = { all: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said.all += text))
  return { child, said, ended: once(child, 'close') }
}

/** Runs a program to its end, with `input`. */
async function printed(command: string, args: readonly string[], input = ''): Promise<string> {
  const { child, said, ended } = start(command, args)
  child.stdin.end(input)
  await ended
  return said.all
}

async function serving(
  t: Test,
  command: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<void> {
  const { child, said, ended } = start(command, args, more)
  t.teardown(async () => {
    child.kill()
    await ended
  })
  await until(`${args.join(' ')} to serve: ${said.all}`, () => said.all.includes('serving\n'))
}

const node = process.execPath
/** `visits` in test/end-to-end/node.test.ts, `social` in test/social. */
const known = new Set(['visits', 'social'])
const example = (name: string, run: (t: Test) => Promise<string>): void => {
  known.add(name)
  t.test(name, async (t) => t.equal(await run(t), promised(name)))
}

for (const name of [
  'errors',
  'streams',
  'callbacks',
  'references',
  'oneway',
  'instance-modes',
  'batch',
  'atomic',
  'cron',
])
  example(name, () => printed(node, [`examples/${name}/main.js`]))

for (const [name, command, client] of [
  ['hello', node, 'client.js'],
  ['python', 'python3', 'client.py'],
  ['curl', 'sh', 'call.sh'],
  ['jayson', node, 'client.js'],
] as const)
  example(name, async (t) => {
    await serving(t, node, ['examples/hello/server.js'])
    return printed(command, [`examples/${name}/${client}`])
  })

example('chat', async (t) => {
  await serving(t, node, ['examples/chat/room.js'])
  return printed(node, ['examples/chat/member.js', 'Ann'], 'hello\n')
})

example('embedding', async (t) => {
  await serving(t, node, ['examples/embedding/server.js'])
  return `${await printed('curl', ['-s', `http://localhost:${webPort}/stock/tea`])}\n`
})

example('types', async (t) => {
  await withTools()
  const tsx = join(tools, '.bin/tsx')
  await serving(t, tsx, ['examples/types/greeter.ts'])
  return printed(tsx, ['examples/types/call.ts'])
})

example('nestjs', async () => {
  await withTools()
  const config = 'examples/nestjs/tsconfig.json'
  return printed(join(tools, '.bin/tsx'), ['--tsconfig', config, 'examples/nestjs/main.ts'])
})

known.add('browser')
t.test(
  'browser',
  { skip: !hasChromium && 'there is no /usr/bin/chromium: apt-get install chromium' },
  async (t) => {
    const folder = await stranger(t, await tarball())
    await serving(t, node, ['examples/browser/server.js'], {
      ROLLCALL: join(folder, 'node_modules/rollcall'),
    })
    const shown = await linesOf(t, `http://localhost:${webPort}/`, 'ticks: 1 2 3')
    t.match(shown.join('\n'), promised('browser').trim())
  },
)

t.test('every example is tried', async (t) => {
  t.same(
    [...known].sort(),
    readdirSync(join(project, 'examples'))
      .filter((name) => !name.endsWith('.md'))
      .sort(),
  )
})
