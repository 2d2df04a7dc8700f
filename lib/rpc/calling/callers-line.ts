/** Where a call was made, in the stack of the error that it rejects with. */

/** Errors that have such a stack: one that several calls share keeps the first. */
const seen = new WeakSet<Error>()

/**
 * To be called where the call's own async function catches `error`: the engine knows from there who awaits it, while
 * the error itself was made where an answer was read, which tells nobody anything.
 */
export function showCallersLine(error: unknown): void {
  if (!(error instanceof Error) || seen.has(error)) return
  seen.add(error)
  const here = linesOf(new Error('here').stack)
  if (here !== '') error.stack = `${error.name}: ${error.message}${here}${remoteLines(error)}`
}

/** Without the first line, and without this file's own frame. */
function linesOf(stack: string | undefined): string {
  return (
    stack
      ?.split('\n')
      .slice(2)
      .map((line) => `\n${line}`)
      .join('') ?? ''
  )
}

function remoteLines(error: Error): string {
  const stack = 'remote' in error ? stackOf(error.remote) : undefined
  return stack === undefined ? '' : `\nthrown at the other end: ${stack}`
}

function stackOf(remote: unknown): string | undefined {
  const stack: unknown =
    typeof remote === 'object' && remote !== null ? Reflect.get(remote, 'stack') : undefined
  return typeof stack === 'string' ? stack : undefined
}
