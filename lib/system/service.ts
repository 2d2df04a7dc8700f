/** A process that serves until it is told to end: by a signal, by its parent's end, or by its own failure. */
import { endWithParent } from './parent.js'

export interface Service {
  /** Resolves when the service can't go on by itself. */
  readonly failed: Promise<Error>
  stop(): Promise<void>
}

/** Longest that a tidy end may take, in ms; then the process ends all the same. */
const TIDY_END_MS = 5_000

/**
 * Starts the service and resolves when it has ended tidily. Rejects when it could not start or failed.
 * A signal that comes while it still starts ends it as soon as it has started.
 */
export async function runService(start: () => Promise<Service>): Promise<void> {
  const told = endOfService()
  const service = await start()
  told.parent.ready()
  const failure = await Promise.race([told.ended, service.failed])
  setTimeout(() => process.exit(failure === undefined ? 0 : 1), TIDY_END_MS).unref()
  await service.stop()
  told.parent.release()
  if (failure !== undefined) throw failure
}

function endOfService() {
  let end: () => void = () => undefined
  const ended = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined)
  })
  // With a handler, a limit on the size of files fails the write that met it; without, it kills without a word.
  process.on('SIGXFSZ', () => undefined)
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return { ended, parent: endWithParent(end) }
}
