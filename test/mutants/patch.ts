import { basename } from 'node:path'

/**
 * A mistake kept as a patch. The file is named after the mistake, and begins with a header of three lines; then comes
 * what `git diff` prints, so that `git apply` takes the file as it is.
 *
 *     Mistake: what is done wrong, in one sentence.
 *     Seen in: who made it, or the rule that it breaks.
 *     Caught by: test files, each of which must notice; or `simulator`, for what no test is expected to notice.
 *
 * A test notices when one of its tests fails by name. Where the mistake keeps it from ending, its file is followed by
 * `(does not end)`.
 */
export const SIMULATOR = 'simulator'

/** What must notice a mistake. */
export interface Catcher {
  /** A test file, from the root of the project; or {@link SIMULATOR}. */
  readonly file: string
  readonly mayHang: boolean
}

export interface Patch {
  readonly name: string
  readonly mistake: string
  readonly seenIn: string
  readonly caughtBy: readonly Catcher[]
  readonly files: readonly PatchedFile[]
}

export interface PatchedFile {
  /** From the root of the project. */
  readonly path: string
  readonly hunks: readonly Hunk[]
}

/** Whole lines, with those around that stay as they are. */
export interface Hunk {
  readonly before: string
  readonly after: string
}

/** Throws an Error that names the file and what is missing. */
export function readPatch(path: string, text: string): Patch {
  const name = basename(path, '.patch')
  const begin = text.indexOf('diff --git ')
  const header = text.slice(0, Math.max(0, begin))
  const files = text
    .slice(begin)
    .split(/^diff --git /m)
    .slice(1)
    .map(readFile)
  if (begin < 0 || files.some(({ hunks }) => hunks.length === 0)) throw new Error(`${name}: no change`)
  return {
    name,
    mistake: field(name, header, 'Mistake'),
    seenIn: field(name, header, 'Seen in'),
    caughtBy: field(name, header, 'Caught by').split(', ').map(readCatcher),
    files,
  }
}

/** The file's text with the mistake in it. Throws an Error when a hunk does not stand there exactly once. */
export function mistaken({ path, hunks }: PatchedFile, source: string): string {
  return hunks.reduce((text, { before, after }) => {
    const lines = `\n${text}`
    const [place, ...others] = placesOf(lines, `\n${before}\n`)
    if (place === undefined || others.length > 0) {
      const times = place === undefined ? 0 : others.length + 1
      throw new Error(`${path}: stands there ${times} times, not once:\n${before}`)
    }
    return `${lines.slice(0, place)}\n${after}${lines.slice(place + before.length + 1)}`.slice(1)
  }, source)
}

function placesOf(text: string, wanted: string): readonly number[] {
  const places: number[] = []
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) places.push(at)
  return places
}

function field(patch: string, header: string, name: string): string {
  const value = new RegExp(`^${name}: (.+)$`, 'm').exec(header)?.[1]
  if (value === undefined) throw new Error(`${patch}: its header has no line "${name}: …"`)
  return value
}

function readCatcher(text: string): Catcher {
  const file = text.replace(/ \(does not end\)$/, '')
  return { file, mayHang: file !== text }
}

function readFile(text: string): PatchedFile {
  const [head = '', ...hunks] = text.split(/^@@ .*\n/m)
  const path = /^\+\+\+ b\/(.+)$/m.exec(head)?.[1]
  if (path === undefined) throw new Error(`no file named in: ${head}`)
  return { path, hunks: hunks.map(readHunk) }
}

function readHunk(text: string): Hunk {
  const lines = text.replace(/\n$/, '').split('\n')
  const without = (sign: string) =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n')
  return { before: without('+'), after: without('-') }
}
