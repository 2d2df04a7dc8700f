/**
 * Shows that the tests bite: puts one known mistake at a time into a copy of the project, and expects it to be caught.
 *
 *     npm run mutants [-- [--seeds N] [--write] WORD…]   the patches, or those whose room or name holds each WORD
 *
 * `--seeds` is how many the simulator gets for each patch, 150 unless told; 0 leaves it out. `--write` writes
 * docs/internals/mutants.md. Exit code 1 if a mistake survives, or a patch no longer applies or compiles.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Compiler } from './compiler.js'
import { Copy } from './copy.js'
import { Copies, judge, passing } from './judge.js'
import { fromPatch, type Mutant } from './mutant.js'
import type { Patch } from './patch.js'
import { changedFiles, readPatches, roomOf, root } from './patches.js'
import { line, page } from './table.js'

const SIDE_BY_SIDE = 2

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: 'string', default: '150' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

function isChosen(patch: Patch): boolean {
  return positionals.every((word) => `${roomOf(patch)} ${patch.name}`.includes(word))
}

/** Those that are chosen must apply and compile. */
function mutants(): readonly Mutant[] {
  const patches = readPatches().filter(isChosen)
  const compiler = new Compiler()
  const faults = compiler.faults(new Map(patches.map((patch) => [patch.name, changedFiles(patch)])))
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return patches.map((patch) => fromPatch(patch, compiler))
}

async function main(copies: Copies): Promise<number> {
  const seeds = Number(values.seeds)
  const all = mutants()
  const known = await passing(copies, all, seeds)
  const verdicts = await copies.share(all, async (copy, mutant) => {
    const verdict = await judge(copy, mutant, seeds, known)
    process.stdout.write(line(verdict))
    return verdict
  })
  const caught = verdicts.filter(({ isCaught }) => isCaught).length
  process.stdout.write(`${caught} of ${all.length} mistakes were caught\n`)
  if (values.write) writeFileSync(join(root, 'docs/internals/mutants.md'), page(verdicts, seeds))
  return all.length > 0 && caught === all.length ? 0 : 1
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
