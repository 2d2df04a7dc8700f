/**
 * What the README, docs/serving.md and docs/calls.md show of remote objects is run as it stands, and prints what its
 * comments say.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import t, { type Test } from 'tap'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { exposed, startDaemon } from '../../../api.js'
import { project } from '../../house/house.js'
import { NameServerScene } from '../../nameserver/scene.js'

const textOf = (page: string): string => readFileSync(join(project, page), 'utf8')

function blocks(page: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')
  return [...textOf(page).matchAll(fence)].map(([, text = '']) => text)
}

/** What its lines that print say that they print, one word behind the other. */
function promised(example: string): string {
  return [...example.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, printed]) => printed).join(' ')
}

/** The package, but for the places: the test's own name server, and ports that are free. */
function packageAt(nameserver: string): string {
  return `export * from 'rollcall'
    import * as rollcall from 'rollcall'
    const nameserver = '${nameserver}'
    export const serve = (objects, options) => rollcall.serve(objects, { ...options, nameserver, port: 0 })
    export const connect = (options) => rollcall.connect({ ...options, nameserver })
    export const startDaemon = (options) => rollcall.startDaemon({ ...options, port: 0 })`
}

let written = 0

function moduleOf(t: Test, source: string): string {
  const file = join(project, 'dist', `page-${process.pid}-${++written}.mjs`)
  writeFileSync(file, source)
  t.teardown(() => rmSync(file, { force: true }))
  return pathToFileURL(file).href
}

async function printedBy(t: Test, example: string): Promise<string> {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const placed = example.replace(`from 'rollcall'`, `from '${moduleOf(t, packageAt(names.address))}'`)
  const { outputText } = transpileModule(placed, {
    compilerOptions: { target: ScriptTarget.ES2022, module: ModuleKind.ESNext },
  })
  const printed: string[] = []
  const { log } = console
  t.teardown(() => (console.log = log))
  console.log = (...values) => printed.push(format(...values))
  await import(moduleOf(t, outputText))
  return printed.join(' ')
}

const examples = ['README.md', 'docs/serving.md', 'docs/calls.md'].flatMap((page) =>
  blocks(page, 'ts')
    .filter((text) => text.startsWith('import ') && !text.includes('startNode'))
    .map((text, at) => [`${page}, ${at + 1}`, text] as const),
)

t.test('the examples of remote objects print what their comments say', async (t) => {
  t.ok(examples.length > 5, `${examples.length} examples`)
  for (const [name, example] of examples)
    await t.test(name, async (t) => t.equal(await printedBy(t, example), promised(example)))
})

t.test('any program of HTTP calls a served object as the page shows', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const greeter = exposed({ greet: (name: string) => `hello, ${name}` }, ['greet'])
  daemon.register(greeter, { id: 'greeter' })
  const [, body = '', answer = ''] =
    /^curl [^\n]*-d '(.*?)'[^\n]*\n(.*?)^```/ms.exec(textOf('docs/serving.md')) ?? []
  const response = await fetch(`http://${daemon.place}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  t.equal(await response.text(), answer.trim())
})
