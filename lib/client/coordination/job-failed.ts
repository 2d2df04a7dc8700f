/** A job that must run at most once was begun by some process and did not succeed: nobody will run it again. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError'
}
