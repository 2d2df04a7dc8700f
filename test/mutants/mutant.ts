import type { Compiler } from './compiler.js'
import type { GuardingLine } from './guarding-lines.js'
import { changedFiles, roomOf } from './patches.js'
import type { Catcher, Patch } from './patch.js'

/** The project with one mistake in it. */
export interface Mutant {
  readonly name: string
  readonly room: string
  readonly mistake: string
  readonly seenIn: string
  readonly caughtBy: readonly Catcher[]
  /** Compiled files by their paths, given what they are without the mistake. */
  changed(read: (path: string) => string): ReadonlyMap<string, string>
}

export function fromPatch(patch: Patch, compiler: Compiler): Mutant {
  return {
    ...patch,
    room: roomOf(patch),
    changed: () =>
      new Map([...changedFiles(patch)].map(([path, text]) => [compiledPath(path), compiler.compile(text)])),
  }
}

export function fromLine({ name, file, find, replace, testFile, mayHang }: GuardingLine): Mutant {
  const path = `dist/lib/raft/${file}`
  return {
    name,
    room: 'raft',
    mistake: name,
    seenIn: file,
    caughtBy: [{ file: `test/raft/${testFile.replace(/\.js$/, '.ts')}`, mayHang: mayHang ?? false }],
    changed: (read) => new Map([[path, read(path).split(find).join(replace)]]),
  }
}

function compiledPath(path: string): string {
  return `dist/${path.replace(/\.ts$/, '.js')}`
}
