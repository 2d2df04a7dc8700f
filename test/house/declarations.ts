/** The types of the house: checked, and written below `dist` as declarations, as far as something has changed. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const project = join(import.meta.dirname, '../../..')
const unfinished = join(project, `dist/.build/declaration-${process.pid}`)

let known: readonly string[] | undefined

/** What the compiler has against what users run; nothing when it is sound. Asked once in a process. */
export function complaintsAboutWhatShips(): readonly string[] {
  return (known ??= compile('tsconfig.main.json', 'testing'))
}

/** What it has against that, tests and benchmarks. */
export function complaintsAboutTheHouse(): readonly string[] {
  return compile('.')
}

function compile(...rooms: readonly string[]): readonly string[] {
  const said: string[] = []
  const say = (diagnostic: ts.Diagnostic): void => {
    said.push(ts.formatDiagnostic(diagnostic, ts.createCompilerHost({})).trimEnd())
  }
  const system: ts.System = { ...ts.sys, writeFile: replaceFile }
  const host = ts.createSolutionBuilderHost(system, undefined, say, () => undefined)
  const roots = rooms.map((room) => join(project, room))
  ts.createSolutionBuilder(host, roots, {}).build()
  return said
}

/** Whole at each moment: other processes read and write the same files meanwhile. */
function replaceFile(path: string, text: string): void {
  for (const each of [unfinished, path]) mkdirSync(dirname(each), { recursive: true })
  writeFileSync(unfinished, text)
  renameSync(unfinished, path)
}
