/** What a caller wants called, and how errors name it. */
import type { Uri } from '../uri.js'

export type Target =
  /** `isReferred`: another process has named it, and nobody here has chosen to call it. */
  | { readonly uri: Uri; readonly isReferred?: boolean }
  | { readonly name: string }
  /**
   * Whoever holds an office, each under an id of its own. Asked before each attempt, and believed more than any hint.
   * `token`: what each of them is shown, in place of the caller's own. Absent, or undefined: that.
   */
  | { readonly find: () => Promise<Uri>; readonly token?: ((holder: Uri) => string | undefined) | undefined }

/** The same, where another process has named it. */
export function referredTo(target: Target): Target {
  return 'uri' in target ? { ...target, isReferred: true } : target
}

/** The target in an error's sentence. */
export function nameOf(target: Target): string {
  if ('name' in target) return target.name
  return 'uri' in target ? target.uri : 'the leader'
}

/** A call of it in an error's sentence. */
export function callNameOf({ target, method }: { readonly target: Target; readonly method: string }): string {
  return `${nameOf(target)}.${method}`
}
