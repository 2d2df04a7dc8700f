/**
 * Shows that the tests bite: takes out one guarding line at a time in a copy of the compiled core, and expects the
 * named test to fail. `node dist/test/mutants/main.js [WORD]` runs all, or those whose name holds WORD.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutants.js'
import { MUTANTS } from './mutants.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rollcall-mutants-'))

function prepare(): void {
  for (const part of ['lib/raft', 'test/raft']) {
    cpSync(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true })
  }
  cpSync(join(root, 'docs'), join(folder, 'docs'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

/** What is wrong with the mutant, or undefined when its test noticed it. A test that no longer ends has noticed. */
function survives({ file, find, replace, testFile }: Mutant): string | undefined {
  const path = join(folder, 'dist/lib/raft', file)
  const source = readFileSync(path, 'utf8')
  const at = source.indexOf(find)
  if (at < 0) return `its line is no longer in ${file}`
  writeFileSync(path, source.slice(0, at) + replace + source.slice(at + find.length))
  const run = spawnSync(process.execPath, [join('dist/test/raft', testFile)], {
    cwd: folder,
    timeout: 5_000,
  })
  writeFileSync(path, source)
  return run.status === 0 ? `${testFile} passes without it` : undefined
}

function main(word: string): number {
  const chosen = MUTANTS.filter(({ name }) => name.includes(word))
  const survivors = chosen.flatMap((mutant) => {
    const why = survives(mutant)
    if (why !== undefined) process.stderr.write(`survived: ${mutant.name}: ${why}\n`)
    return why === undefined ? [] : [mutant]
  })
  process.stdout.write(`${chosen.length - survivors.length} of ${chosen.length} mutants were noticed\n`)
  return survivors.length === 0 ? 0 : 1
}

try {
  prepare()
  process.exitCode = main(process.argv[2] ?? '')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
