/** Each recipe of docs/recipes.md, as it stands there, prints what it should. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { Operator } from '../harness/operator.js'
import { Running } from '../harness/processes.js'

t.setTimeout(240_000)

const LINES_MAX = 15

const project = join(import.meta.dirname, '../../..')
const page = readFileSync(join(project, 'docs/recipes.md'), 'utf8')
const recipes = new Map(
  [...page.matchAll(/^## (.*?)$.*?^```ts\n(.*?)^```/gms)].map(([, title = '', text = '']) => [title, text]),
)

const PRINTED: Readonly<Record<string, string>> = {
  'One at a time': 'invoice 1\ninvoice 2\ninvoice 3\nby a token: true\n',
  'One of them leads': 'leads\n',
  'A scheduled job, once in the fleet': 'a report is due at 0 ms past a second\n',
  'A job on a timer of your own, once in the fleet': 'the report of 2026-12-01T00:00:00.000Z\n',
  'A limited number at a time': 'at most 2\n',
  'Work that waits for workers': 'to bob, at once\nto ann\n',
  'A rate limit': 'first is sent\nsecond is sent\nthird has to wait\n',
  'Finding a service': 'at 1 place\n64\n',
  'Settings that are updated live': `level null\nnow { value: 'debug' }\n`,
}

const { cluster } = await Operator.start(t, 3)

/** As JavaScript, with this build and the places of this cluster. */
function program(title: string, text: string): string {
  const here = text
    .replace(`from 'rollcall'`, `from '${import.meta.resolve('rollcall')}'`)
    .replace('connect()', `connect({ nameserver: '${cluster.nameserver}' })`)
    .replace('{ shared: true }', `{ shared: true, nameserver: '${cluster.nameserver}' }`)
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 }
  const path = join(cluster.folder, `${title.replaceAll(/\W+/g, '-')}.mjs`)
  writeFileSync(path, transpileModule(here, { compilerOptions }).outputText)
  return path
}

t.test('each recipe is tried, and is short', async (t) => {
  t.same([...recipes.keys()], Object.keys(PRINTED))
  for (const [title, text] of recipes) t.ok(text.trimEnd().split('\n').length <= LINES_MAX, title)
})

for (const [title, text] of recipes)
  t.test(`recipe: ${title}`, async (t) => {
    const { stdout, stderr, status } = await new Running([], cluster.folder, {}, program(title, text)).ended
    t.equal(stderr, '')
    t.equal(stdout, PRINTED[title])
    t.equal(status, 0)
  })
