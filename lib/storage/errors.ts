const REPLACE_MEMBER =
  'This member must not take part with what is left, nor with an older copy of its folder, which lacks what it has acknowledged ' +
  'since. While a majority of the members works: rollcall remove-node ID, delete the folder, rollcall add ID --port PORT. ' +
  'Else docs/operations.md has more: Recover, Restore'

/**
 * What was durable once can't be read back: bytes have changed, or a file is missing. Never thrown for the torn end
 * that a crash leaves behind.
 */
export class DamagedStorageError extends Error {
  override readonly name = 'DamagedStorageError'
  readonly label = 'DAMAGED_STORAGE'

  constructor(
    /** The file's name in the data folder. */
    readonly file: string,
    /** Bytes from the start of the file. */
    readonly offset: number,
    /** What should have been there, and what was found instead. */
    readonly expected: string,
    /** What to do. Default: for a file of a member's folder. */
    advice = REPLACE_MEMBER,
  ) {
    super(`damaged storage: ${file}, offset ${offset}: ${expected}. ${advice}`)
  }
}

/** The folder was written by another version of the program. Nothing was changed in it. */
export class UnknownFormatError extends Error {
  override readonly name = 'UnknownFormatError'
  readonly label = 'UNKNOWN_FORMAT'

  constructor(
    readonly file: string,
    readonly found: number,
    readonly known: number,
  ) {
    super(
      `${file} has format version ${found}, and this program reads version ${known}: use the version that wrote it`,
    )
  }
}

/**
 * The disk refused (`ENOSPC`, `EIO`…). Final: what was not acknowledged before is in doubt until the folder is read
 * anew by the next start, and nothing is tried again.
 */
export class StorageFailedError extends Error {
  override readonly name = 'StorageFailedError'
  readonly label = 'STORAGE_FAILED'

  constructor(
    readonly operation: 'prepare' | 'write' | 'sync' | 'rename' | 'remove',
    /** The file's name in the data folder. */
    readonly file: string,
    override readonly cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`could not ${operation} ${file}: ${reason}. Free or repair the disk, then start this member again`)
  }
}

/**
 * A record that contradicts the ones before it, or bytes that are no record. Where it stands is for the catcher to say.
 */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError'
}
