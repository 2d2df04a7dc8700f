/**
 * Shows that the tests bite: puts one known mistake at a time into a copy of the project, and expects it to be caught.
 *
 *     npm run mutants [-- [--seeds N] [--write] WORD…]   the patches, or those whose room or name holds a WORD
 *     npm run mutants -- --lines [WORD…]                 one guarding line of the core at a time, taken out
 *
 * `--seeds` is how many the simulator gets for each patch, 150 unless told; 0 leaves it out. `--write` writes
 * docs/internals/mutants.md. Exit code 1 if a mistake survives, or a patch no longer applies or compiles.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Compiler } from './compiler.js'
import { Copy } from './copy.js'
import { GUARDING_LINES } from './guarding-lines.js'
import { Copies, judge, passing } from './judge.js'
import { strayed } from './lines.js'
import { fromLine, fromPatch, type Mutant } from './mutant.js'
import { changedFiles, readPatches, roomOf, root } from './patches.js'
import { line, page } from './table.js'

const SIDE_BY_SIDE = 2

const { values, positionals } = parseArgs({
  options: {
    lines: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '150' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

function chosen<T>(all: readonly T[], textOf: (each: T) => string): readonly T[] {
  return all.filter((each) => positionals.every((word) => textOf(each).includes(word)))
}

function guardingLines(): readonly Mutant[] {
  const gone = strayed(GUARDING_LINES, join(root, 'dist/lib/raft'))
  if (gone.length > 0) throw new Error(gone.join('\n'))
  return chosen(GUARDING_LINES, ({ name }) => name).map(fromLine)
}

/** Each patch must apply, also one that was not chosen. */
function patches(): readonly Mutant[] {
  const all = readPatches()
  const changes = new Map(all.map((patch) => [patch.name, changedFiles(patch)]))
  const compiler = new Compiler()
  const faults = compiler.faults(changes)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return chosen(all, (patch) => `${roomOf(patch)} ${patch.name}`).map((patch) => fromPatch(patch, compiler))
}

async function main(copies: Copies): Promise<number> {
  const seeds = values.lines ? 0 : Number(values.seeds)
  const mutants = values.lines ? guardingLines() : patches()
  const known = await passing(copies, mutants, seeds)
  const verdicts = await copies.share(mutants, async (copy, mutant) => {
    const verdict = await judge(copy, mutant, seeds, known)
    process.stdout.write(line(verdict))
    return verdict
  })
  const caught = verdicts.filter(({ isCaught }) => isCaught).length
  process.stdout.write(`${caught} of ${mutants.length} mistakes were caught\n`)
  if (values.write) writeFileSync(join(root, 'docs/internals/mutants.md'), page(verdicts, seeds))
  return mutants.length > 0 && caught === mutants.length ? 0 : 1
}

const copies = Array.from({ length: SIDE_BY_SIDE }, () => new Copy())
try {
  process.exitCode = await main(new Copies(copies))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  for (const copy of copies) copy.remove()
}
