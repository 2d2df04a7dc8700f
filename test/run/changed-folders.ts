/** The folders of unit tests that belong to what differs from main, committed or not. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const project = join(import.meta.dirname, '../../..')

/** Their tests start whole clusters or compile whole houses: those are no unit tests. */
const NO_UNITS = ['end-to-end', 'simulation', 'house', 'fuzz', 'mutants']

/** Relative to `test`. */
export function changedFolders(): readonly string[] {
  const changed = [
    ...git('diff', '--name-only', '--relative', base()),
    ...git('ls-files', '--others', '--exclude-standard'),
  ]
  const sources = changed.filter((file) => file.endsWith('.ts'))
  // What stands in lib itself is used in each of its rooms.
  const isEverywhere = sources.some((file) => dirname(file) === 'lib')
  const folders = isEverywhere ? readdirSync(join(project, 'test')) : sources.flatMap(folderOf)
  return [...new Set(folders)].filter((folder) => !NO_UNITS.some((room) => folder.startsWith(room)))
}

/** Where this branch has left main; the last commit on main itself, and where there is no main. */
function base(): string {
  try {
    return git('merge-base', 'HEAD', 'main')[0] ?? 'HEAD'
  } catch {
    return 'HEAD'
  }
}

/** `replica/members` for lib/replica/members/hello.ts; what has no tests of its own goes with what it is a part of. */
function folderOf(file: string): readonly string[] {
  const room = dirname(file.replace(/^test\//, ''))
  const places = [room, room.replace(/^lib\//, '')].flatMap(withParents)
  const isThere = (place: string): boolean => existsSync(join(project, 'test', place))
  return places.filter((place) => !['.', 'lib'].includes(place) && isThere(place)).slice(0, 1)
}

/** `a/b` and `a`. */
function withParents(folder: string): readonly string[] {
  const names = folder.split('/')
  return names.map((_, i) => names.slice(0, names.length - i).join('/'))
}

function git(...args: readonly string[]): readonly string[] {
  const said = execFileSync('git', args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return said.split('\n').filter((line) => line !== '')
}
