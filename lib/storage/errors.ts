/**
 * What was durable once can't be read back: bytes have changed, or a file is missing. Never thrown for the torn end
 * that a crash leaves behind. What to do: restore the folder, or remove it and let the member join under a new id.
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
  ) {
    super(
      `damaged storage: ${file}, offset ${offset}: ${expected}. ` +
        'This member must not take part with what is left: restore the folder from a copy of this very member, ' +
        'or remove the member from the cluster and add it anew',
    )
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

/** A record that contradicts the ones before it, or bytes that are no record. Where it stands is for the catcher to say. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError'
}
