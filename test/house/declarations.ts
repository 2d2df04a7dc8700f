/** The types of the whole house: checked, and written below `dist` as declarations, as far as something has changed. */
import { join } from 'node:path'
import ts from 'typescript'

const project = join(import.meta.dirname, '../../..')

let known: readonly string[] | undefined

/** What the compiler has against the house; nothing when it is sound. Asked once in a process. */
export function complaintsOfTheHouse(): readonly string[] {
  return (known ??= compile())
}

function compile(): readonly string[] {
  const said: string[] = []
  const say = (diagnostic: ts.Diagnostic): void => {
    said.push(ts.formatDiagnostic(diagnostic, ts.createCompilerHost({})).trimEnd())
  }
  const host = ts.createSolutionBuilderHost(ts.sys, undefined, say, () => undefined)
  ts.createSolutionBuilder(host, [project], {}).build()
  return said
}
