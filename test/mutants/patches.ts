import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mistaken, readPatch, type Patch } from './patch.js'

/** The project's folder. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = join(root, 'test/mutants/patches')

/** All of them, by room and name. Throws an Error for one that can't be read. */
export function readPatches(): readonly Patch[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.patch'))
  return names
    .map((name) => readPatch(name, readFileSync(join(folder, name), 'utf8')))
    .sort((a, b) => roomOf(a).localeCompare(roomOf(b)) || a.name.localeCompare(b.name))
}

/** The folder of the first file that it changes: `raft`, `storage`, `nameserver`, … */
export function roomOf({ files }: Pick<Patch, 'files'>): string {
  const [first, second] = files[0]?.path.split('/') ?? []
  return (first === 'lib' ? second : first) ?? ''
}

/** The changed files: their text with the mistake in it, by their path. Throws an Error when it does not apply. */
export function changedFiles({ name, files }: Patch): ReadonlyMap<string, string> {
  try {
    return new Map(
      files.map((file) => [file.path, mistaken(file, readFileSync(join(root, file.path), 'utf8'))]),
    )
  } catch (error) {
    throw new Error(`${name} does not apply: ${String(error)}`)
  }
}
