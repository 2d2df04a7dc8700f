/** What can be wrong with a data folder. Both end the member: it must not go on with a log that it can't trust. */

/** Bytes that were durable once are not what was written. Nothing has been changed on disk. */
export class DamagedStorageError extends Error {
  override readonly name = 'DamagedStorageError'
  readonly label = 'DAMAGED_STORAGE'
  constructor(
    readonly folder: string,
    readonly file: string,
    readonly offset: number,
    expected: string,
  ) {
    super(
      `${folder}/${file} is damaged at offset ${offset}: ${expected}. ` +
        'Bring the folder back from a copy, or remove this member and add it anew; the other members keep the data',
    )
  }
}

/** A write or a sync failed. It is not tried again: after a failed sync nobody knows what is on disk. */
export class StorageFailedError extends Error {
  override readonly name = 'StorageFailedError'
  readonly label = 'STORAGE_FAILED'
  constructor(operation: string, folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      `${operation} in ${folder} failed: ${reason}. Free or repair the disk, then start this member again`,
      {
        cause,
      },
    )
  }
}
