/** A process that serves until it is told to end: by a signal, by its parent's end, or by its own failure. */
import type { StopOptions } from '../hosting/host-member.js'
import { heedHangup } from './hangup.js'
import { endWithParent } from './parent.js'
import { tellServiceManager } from './service-manager.js'

export interface Service {
  /** Resolves when the service can't go on by itself. */
  readonly failed: Promise<Error>
  stop(options: StopOptions): Promise<void>
}

/** Longest that a tidy end may take, in ms; then the process ends all the same. */
const TIDY_END_MS = 5_000

/**
 * Starts the service and resolves when it has ended tidily. Rejects when it could not start or failed.
 * A signal that comes while it still starts ends it as soon as it has started, or when that takes longer than a tidy
 * end may.
 */
export async function runService(start: () => Promise<Service>): Promise<void> {
  const told = endOfService()
  void told.ended.then(() => endSoon(0))
  const service = await start().catch((error: unknown) => {
    told.forget()
    throw error
  })
  told.parent.ready()
  tellServiceManager('READY=1')
  const end = await Promise.race([told.ended, service.failed])
  const failure = end instanceof Error ? end : undefined
  if (failure !== undefined) endSoon(1)
  tellServiceManager('STOPPING=1')
  await service.stop({ handOver: end !== 'with its parent' }).catch((error: unknown) => {
    // Where the disk has failed it can't be left tidily, either.
    if (failure === undefined) throw error
  })
  told.parent.release()
  if (failure !== undefined) throw failure
}

/** Whatever is still under way by then. */
function endSoon(exitCode: number): void {
  setTimeout(() => process.exit(exitCode), TIDY_END_MS).unref()
}

/** With its parent end all others that the parent has started. */
type End = 'by a signal' | 'with its parent'

function endOfService() {
  let end: (how: End) => void = () => undefined
  const ended = new Promise<End>((resolve) => (end = resolve))
  const bySignal = (): void => end('by a signal')
  // With a handler, a limit on the size of files fails the write that met it; without, it kills without a word.
  process.on('SIGXFSZ', () => undefined)
  process.on('SIGINT', bySignal)
  process.on('SIGTERM', bySignal)
  const forgetHangup = heedHangup(bySignal)
  const parent = endWithParent(() => end('with its parent'))
  // What could not start has nothing to end tidily, and nothing keeps it.
  const forget = (): void => {
    process.off('SIGINT', bySignal).off('SIGTERM', bySignal)
    forgetHangup()
    parent.release()
  }
  return { ended, parent, forget }
}
