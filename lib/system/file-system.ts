/** What has to be known of the file system that a folder is on before its word is relied upon. */
import { statfs } from 'node:fs/promises'

/**
 * Those that are known to have on the disk what was written with O_DSYNC when the call returns, by the numbers that the
 * kernel gives them (`statfs`). tmpfs, which keeps nothing, has nothing to add by a sync.
 */
const HEEDING_DSYNC: ReadonlySet<number> = new Set([
  0xef53, // ext4, ext3, ext2
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x01021994, // tmpfs
])

/** The number of the file system's kind. */
export async function fileSystemOf(folder: string): Promise<number> {
  return (await statfs(folder)).type
}

/**
 * Whether O_DSYNC can be relied upon in a folder. Where others do what is written, as with FUSE, 9p and overlays, it
 * may be lost on the way, and nothing says so: there, as where nobody knows, a sync has to follow each write.
 */
export async function heedsDsync(folder: string, typeOf = fileSystemOf): Promise<boolean> {
  if (process.platform !== 'linux') return false
  return typeOf(folder).then(
    (type) => HEEDING_DSYNC.has(type),
    () => false,
  )
}
