/**
 * File systems of a test's own, each in a file: they can be frozen, and be full. Linux, root and loop devices are
 * needed.
 */
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Teardown } from './cluster.js'
import { temporaryFolder } from './processes.js'

const run = promisify(execFile)
const FILLER = 'filler'
/** What a file system of this size is made of, and most of what others are. */
const BLOCKS = [4096, 1024]

/** Why there can be none on this machine; false: there can. */
export function whyNoDisks(t: Teardown): string | false {
  const folder = temporaryFolder(t)
  const [image, place] = [join(folder, 'image'), join(folder, 'disk')]
  mkdirSync(place)
  spawnSync('truncate', ['-s', '1M', image])
  spawnSync('mkfs.ext4', ['-q', image])
  if (spawnSync('mount', ['-o', 'loop', image, place]).status !== 0)
    return 'a file system can only be mounted by root, and where there are loop devices and mkfs.ext4'
  spawnSync('umount', [place])
  return false
}

export class SmallDisk {
  #isFrozen = false

  #isMounted = true

  private constructor(
    private readonly folder: string,
    private readonly image: string,
  ) {}

  /** Stands at `folder` from now on, with what was in the folder; gone with the test. */
  static async mount(t: Teardown, folder: string, mebibytes: number): Promise<SmallDisk> {
    const [image, before] = [join(temporaryFolder(t), 'image'), join(temporaryFolder(t), 'before')]
    mkdirSync(folder, { recursive: true })
    cpSync(folder, before, { recursive: true })
    await run('truncate', ['-s', `${mebibytes}M`, image])
    await run('mkfs.ext4', ['-q', image])
    await run('mount', ['-o', 'loop', image, folder])
    const disk = new SmallDisk(folder, image)
    t.teardown(() => disk.unmount())
    cpSync(before, folder, { recursive: true })
    return disk
  }

  /** No write returns until it thaws. */
  async freeze(): Promise<void> {
    this.#isFrozen = true
    await run('fsfreeze', ['--freeze', this.folder])
  }

  async thaw(): Promise<void> {
    await run('fsfreeze', ['--unfreeze', this.folder])
    this.#isFrozen = false
  }

  /** Leaves room for nothing. */
  async fill(): Promise<void> {
    const { bavail, bsize } = statfsSync(this.folder)
    await run('fallocate', ['-l', String(Math.max(1, bavail) * bsize), join(this.folder, FILLER)])
      // What the file system needs for itself makes the difference; the rest is filled block by block.
      .catch(() => undefined)
    for (const bytes of BLOCKS)
      await run('dd', ['if=/dev/zero', `of=${join(this.folder, FILLER)}-${bytes}`, `bs=${bytes}`]).catch(
        () => undefined,
      )
  }

  free(): void {
    for (const name of [FILLER, ...BLOCKS.map((bytes) => `${FILLER}-${bytes}`)])
      rmSync(join(this.folder, name), { force: true })
  }

  /** It and all that is on it is gone. */
  async unmount(): Promise<void> {
    if (!this.#isMounted) return
    this.#isMounted = false
    if (this.#isFrozen) await this.thaw().catch(() => undefined)
    await run('umount', ['--lazy', this.folder])
    rmSync(this.image)
  }
}
