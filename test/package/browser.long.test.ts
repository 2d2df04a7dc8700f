/** The client half in a page of a real browser, from the tarball, under a policy that lets no text become code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { callContext, exposed, serve, startNameServer } from '../../api.js'
import { silent } from '../harness/ports.js'
import { temporaryFolder } from '../harness/processes.js'
import { hasChromium, linesOf, serveFiles } from './page.js'
import { done, project, stranger } from './stranger.js'
import { tarball } from './tarball.js'

t.setTimeout(300_000)
const folder = await stranger(t, await tarball())
const bundle = readFileSync(join(folder, 'node_modules/rollcall/dist/browser.js'), 'utf8')

t.test('it is one file that asks for no module and makes no code from text', async (t) => {
  t.notMatch(bundle, /^\s*import\b|\brequire\(|\beval\(|new Function\b|["']node:/m)
})

class Greeter {
  static exposed = ['greet', 'count', 'each', 'echo', 'wait', 'open', 'drop']
  greet(name: string): string {
    if (name === '') throw new RangeError('nobody')
    return `hello, ${name}`
  }
  *count(to: number): Generator<number> {
    for (let n = 1; n <= to; n++) yield n
  }
  async each(tell: (text: string) => unknown): Promise<void> {
    await tell('news')
  }
  echo(value: unknown): unknown {
    return value
  }
  wait(): Promise<void> {
    return new Promise(() => undefined)
  }
  open(text: string): object {
    return exposed({ read: () => text }, ['read'])
  }
  /** The connection of the page that calls is cut. */
  drop(): Promise<void> {
    cut(callContext().connection.remote)
    return new Promise(() => undefined)
  }
}

let cut: (remote: string) => void = () => undefined

t.test('a page connects, calls, reads streams, is called back, and connects again', async (t) => {
  if (!hasChromium) return (t.comment('there is no /usr/bin/chromium: apt-get install chromium'), undefined)
  const client = readFileSync(join(project, 'test/fixtures/pages/client.js'), 'utf8')
  const files = new Map([
    ['/', '<!doctype html><body></body><script type="module" src="/client.js"></script>'],
    ['/client.js', client],
    ['/rollcall.js', bundle],
  ])
  const origin = await serveFiles(t, files)
  const names = await startNameServer({
    port: 0,
    data: temporaryFolder(t),
    allowOrigins: [origin],
    logger: silent,
  })
  t.teardown(() => names.close())
  const nameserver = `localhost:${names.address.kind === 'tcp' ? names.address.port : 0}`
  files.set('/places.json', JSON.stringify({ nameserver }))
  const service = await serve(
    { greeter: new Greeter() },
    { nameserver, allowOrigins: [origin], logger: silent },
  )
  t.teardown(() => service.close())
  cut = () => void service.close().then(() => again())
  const again = async (): Promise<void> => {
    const next = await serve(
      { greeter: new Greeter() },
      { nameserver, allowOrigins: [origin], logger: silent },
    )
    t.teardown(() => next.close())
  }
  const lines = await linesOf(t, `${origin}/`, 'done')
  t.match(lines, [
    'hello, page',
    '39',
    '40',
    'news',
    'true true 2',
    'true RangeError',
    /did you mean "greet"\?/,
    'true',
    'text',
    '300000',
    'OUTCOME_UNKNOWN',
    'hello, again',
    'UNREACHABLE not-executed',
    'done',
  ])
})

t.test('a page of an origin that is not allowed is told what to allow', async (t) => {
  if (!hasChromium) return (t.comment('there is no /usr/bin/chromium: apt-get install chromium'), undefined)
  const names = await startNameServer({ port: 0, data: temporaryFolder(t), logger: silent })
  t.teardown(() => names.close())
  const nameserver = `localhost:${names.address.kind === 'tcp' ? names.address.port : 0}`
  const page = `import { connect } from './rollcall.js'
    const rollcall = await connect({ nameserver: '${nameserver}', timeoutMs: 1000 })
    await rollcall.nameserver.list().catch((error) => (document.body.textContent += error.message + '\\ndone\\n'))`
  const files = new Map([
    ['/', '<!doctype html><body></body><script type="module" src="/client.js"></script>'],
    ['/client.js', page],
    ['/rollcall.js', bundle],
  ])
  const [line = ''] = await linesOf(t, `${await serveFiles(t, files)}/`, 'done')
  t.match(line, /--allow-origin/)
})

t.test('bundled servers, as an ES module and as CommonJS, are called', async (t) => {
  const esbuild = join(project, 'node_modules/.bin/esbuild')
  for (const [format, out] of [
    ['esm', 'bundled.mjs'],
    ['cjs', 'bundled.cjs'],
  ] as const) {
    const flags = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${out}`]
    await done(esbuild, ['erasable-main.ts', ...flags, '--log-level=error'], folder)
    const lines = await done('env', ['-C', temporaryFolder(t), process.execPath, join(folder, out)], folder)
    t.match(lines, /^hello, you\n1\n2\nnews\nen\n2026\nRangeError\n$/, format)
  }
})
