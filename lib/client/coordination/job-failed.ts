/** The job was begun by somebody, is run at most once, and has not ended well: nobody will run it again. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError'
}
