/**
 * Shows that the tests bite: takes out one guarding line at a time in a copy of the compiled core, and expects the
 * named test to fail. `npm run mutants [WORD]` runs all, or those whose name holds WORD.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { strayed } from './lines.js'
import type { Mutant } from './mutants.js'
import { MUTANTS } from './mutants.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rollcall-mutants-'))

/** A mutant that loops for ever, deaf to any signal but SIGKILL, has been noticed when this is over. Milliseconds. */
const PATIENCE_MS = 30_000

function prepare(): void {
  for (const part of ['lib/raft', 'test/raft']) {
    cpSync(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true })
  }
  cpSync(join(root, 'docs'), join(folder, 'docs'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

function passes(testFile: string): boolean {
  const script = join('dist/test/raft', testFile)
  return (
    spawnSync(process.execPath, [script], { cwd: folder, timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
      .status === 0
  )
}

type Verdict = 'noticed' | 'SURVIVED'

function judge({ file, find, replace, testFile }: Mutant): Verdict {
  const path = join(folder, 'dist/lib/raft', file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, source.split(find).join(replace))
  const survived = passes(testFile)
  writeFileSync(path, source)
  return survived ? 'SURVIVED' : 'noticed'
}

function print(...[verdict, testFile, file, name]: readonly [string, string, string, string]): void {
  process.stdout.write(`${verdict.padEnd(10)} ${testFile.padEnd(18)} ${file.padEnd(16)} ${name}\n`)
}

function main(word: string): number {
  const chosen = MUTANTS.filter(({ name }) => name.includes(word))
  const gone = strayed(MUTANTS, join(folder, 'dist/lib/raft'))
  if (gone.length > 0) {
    process.stderr.write(`${gone.join('\n')}\n`)
    return 1
  }
  const failing = [...new Set(chosen.map(({ testFile }) => testFile))].filter((file) => !passes(file))
  if (failing.length > 0) {
    process.stderr.write(`${failing.join(', ')}: fails without any mutant, so nothing can be shown\n`)
    return 1
  }
  print('VERDICT', 'TEST', 'FILE', 'WHAT THE LINE GUARDS')
  const verdicts = chosen.map((mutant) => {
    const verdict = judge(mutant)
    print(verdict, mutant.testFile, mutant.file, mutant.name)
    return verdict
  })
  const noticed = verdicts.filter((verdict) => verdict === 'noticed').length
  process.stdout.write(`${noticed} of ${chosen.length} mutants were noticed\n`)
  return chosen.length > 0 && noticed === chosen.length ? 0 : 1
}

try {
  prepare()
  process.exitCode = main(process.argv[2] ?? '')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
