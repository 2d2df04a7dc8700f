let started: string | undefined

/** Told by the command, as it begins. `file`: the one that was started. */
export function commandBegins(file: string): void {
  started = file
}

/**
 * The file of the command, so that it can start itself once more as another process. @throws Error in any other
 * program, such as a test: started once more it would do what it does now, and so start itself without an end.
 */
export function program(): string {
  if (started === undefined)
    throw new Error('only the command rollcall starts itself once more, and it does not run')
  return started
}
