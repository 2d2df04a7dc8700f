/** The wall clock of one process, which jumps when it is told to: by Debian's faketime, if it is installed. */
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PLACES = ['/usr/lib', '/usr/lib64']
const LIBRARY = 'faketime/libfaketimeMT.so.1'
/** The library reads the file again after so long, in seconds. */
const CACHE_SECONDS = '1'

/** The library that does it, wherever the system has it. Undefined: it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  return PLACES.flatMap((place) => [join(place, LIBRARY), ...underArchitectures(place)]).find(isThere)
}

export class WallClock {
  /** For the process whose clock it is. Only the wall clock is its own: time passes as for all others. */
  readonly env: NodeJS.ProcessEnv
  readonly #file: string

  constructor(folder: string, library: string) {
    this.#file = join(mkdtempSync(join(folder, 'clock-')), 'offset')
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: CACHE_SECONDS,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
    this.set(0)
  }

  /** So many seconds ahead of the true time, or behind it. Within about a second the process sees it. */
  set(aheadSeconds: number): void {
    const next = `${this.#file}.new`
    writeFileSync(next, `${aheadSeconds < 0 ? '' : '+'}${aheadSeconds}\n`)
    renameSync(next, this.#file)
  }
}

/** A process that is killed leaves the library's shared memory behind. */
export function sweepAfter(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
    rmSync(join('/dev/shm', name), { force: true })
}

function underArchitectures(place: string): readonly string[] {
  return entriesOf(place).map((architecture) => join(place, architecture, LIBRARY))
}

function isThere(path: string): boolean {
  return entriesOf(join(path, '..')).some((name) => path.endsWith(`/${name}`))
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
