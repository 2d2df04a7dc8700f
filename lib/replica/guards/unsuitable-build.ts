/**
 * The log or a snapshot holds what this build does not know: a later format, an object or a method that is not here, a
 * newer version of a class. The member stops before it has changed anything; started with the right build it goes on.
 */
export class UnsuitableBuildError extends Error {
  override readonly name = 'UnsuitableBuildError'
  readonly label = 'UNSUITABLE_BUILD'
}
