/** Each example of TypeScript on the pages that imports the package compiles with it, as users' code would. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { complaintsAboutWhatShips } from './declarations.js'
import { project } from './house.js'

const pages = ['README.md', ...readdirSync(join(project, 'docs')).map((name) => `docs/${name}`)]

/** What an example says is in another file of its reader's. */
const greeter = `export class Greeter {
  greet(name: string) { return name }
  *count(to: number) { yield to }
  async each(names: string[], tell: (line: string) => unknown) { names.forEach(tell) }
}`
const stock = `export class Stock {
  static commands = ['deliver', 'sell']
  static queries = ['count']
  left = new Map<string, number>()
}`

function examples(): ReadonlyMap<string, string> {
  const found = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(project, page), 'utf8').matchAll(/^\`\`\`ts\n(.*?)^\`\`\`/gms)]
        .map(([, text = '']) => text)
        .filter((text) => text.startsWith('import '))
        .map((text, at) => [join(project, `${page.replaceAll('/', '-')}-${at + 1}.ts`), text] as const),
    )
  return new Map([...found, [join(project, 'stock.ts'), stock], [join(project, 'greeter.ts'), greeter]])
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
  paths: {
    rollcall: [join(project, 'dist/index.d.ts')],
    'rollcall/testing': [join(project, 'dist/testing/index.d.ts')],
  },
}

function programOf(files: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost(options)
  const replaced: ts.CompilerHost = {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path) ?? host.readFile(path),
    getSourceFile: (path, ...rest) => {
      const text = files.get(path)
      return text === undefined ? host.getSourceFile(path, ...rest) : ts.createSourceFile(path, text, rest[0])
    },
  }
  return ts.createProgram({ rootNames: [...files.keys()], options, host: replaced })
}

t.test('the examples of the pages compile', async (t) => {
  complaintsAboutWhatShips()
  const files = examples()
  t.ok(files.size > 5, `${files.size} examples`)
  const program = programOf(files)
  for (const path of files.keys()) {
    const source = program.getSourceFile(path)
    const said = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    t.same(
      said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
      [],
      path,
    )
  }
})
