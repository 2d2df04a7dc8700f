/** What `npm pack` makes of the sources as they stand: once, for all test files and runs that have the same. */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { lockFolder } from '../../lib/system/lock.js'
import { pause, until } from '../harness/until.js'
import { done, project } from './stranger.js'

const PATIENCE_MS = 280_000
/** It takes seconds, and to ask for the lock is work. */
const BETWEEN_LOOKS_MS = 300
const NO_PART =
  /^(node_modules|\.git|\.tap|\.rollcall|packaging\/tools\/node_modules|bench|test\/(?!fixtures)|dist\/(test|bench|\.build\/packed)\b)/
const kept = join(project, 'dist/.build/packed')

/** Its place. Whoever comes first packs it, the others wait. */
export async function tarball(): Promise<string> {
  const folder = join(kept, digestOfSources())
  const place = join(folder, 'rollcall.tgz')
  mkdirSync(folder, { recursive: true })
  await until(
    'the package to be packed',
    async () => existsSync(place) || packAlone(folder, place),
    PATIENCE_MS,
  )
  return place
}

/** Resolves to false while another process does it. */
async function packAlone(folder: string, place: string): Promise<boolean> {
  const lock = await lockFolder(folder).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'FolderInUseError') return undefined
    throw error
  })
  if (lock === undefined) {
    await pause(BETWEEN_LOOKS_MS)
    return false
  }
  try {
    if (!existsSync(place)) await pack(place)
  } finally {
    await lock.release()
  }
  return true
}

/** In a copy of the project: while it is made it has the place of dist, from which others are running. */
async function pack(place: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-pack-'))
  try {
    const copy = join(folder, 'project')
    cpSync(project, copy, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !NO_PART.test(relative(project, path)),
    })
    symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
    await done('npm', ['pack', '--silent', '--pack-destination', folder], copy)
    const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
    cpSync(join(folder, name), `${place}.part`)
    renameSync(`${place}.part`, place)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function digestOfSources(): string {
  const digest = createHash('sha256')
  for (const path of sourcesBelow('')) digest.update(`${path}\n`).update(readFileSync(join(project, path)))
  return digest.digest('hex').slice(0, 16)
}

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (path === 'dist' || NO_PART.test(path)) return []
    return entry.isDirectory() ? sourcesBelow(path) : [path]
  })
}
