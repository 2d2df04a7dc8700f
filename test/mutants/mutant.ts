import type { Compiler } from './compiler.js'
import type { Patch } from './patch.js'
import { changedFiles, roomOf } from './patches.js'

/** The project with one mistake in it. */
export interface Mutant extends Patch {
  readonly room: string
  /** Compiled files with the mistake, by their paths. */
  changed(): ReadonlyMap<string, string>
}

export function fromPatch(patch: Patch, compiler: Compiler): Mutant {
  return {
    ...patch,
    room: roomOf(patch),
    changed: () =>
      new Map([...changedFiles(patch)].map(([path, text]) => [compiledPath(path), compiler.compile(text)])),
  }
}

function compiledPath(path: string): string {
  return `dist/${path.replace(/\.ts$/, '.js')}`
}
