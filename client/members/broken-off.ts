/**
 * A command that is told to end (Ctrl-C, SIGTERM, or its terminal is closed) says what it leaves behind before it does.
 * A second time ends it at once.
 */
import { CommandError } from '../../lib/command-line/report.js'

/** What a command at work is given from outside. */
export interface BrokenOff {
  /** Rejects with INTERRUPTED once the command is told to end. */
  readonly told: Promise<never>
  readonly isTold: () => boolean
}

/** Work that `tell` tells to end. */
export function endable(): BrokenOff & { readonly tell: () => void } {
  let isTold = false
  let reject: (error: Error) => void = () => undefined
  const told = new Promise<never>((_, refuse) => (reject = refuse))
  told.catch(() => undefined)
  const tell = (): void => {
    isTold = true
    reject(new CommandError('INTERRUPTED', 'this command was told to end'))
  }
  return { told, isTold: () => isTold, tell }
}

/** Runs `work`, which is to give up and clean up when `told` rejects. */
export async function whileNotBrokenOff<T>(work: (end: BrokenOff) => Promise<T>): Promise<T> {
  const { tell, ...brokenOff } = endable()
  const forget = (): void => void process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end)
  const end = (): void => {
    forget()
    tell()
  }
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end)
  try {
    return await work(brokenOff)
  } finally {
    forget()
  }
}

/** The error of a command that was broken off, with what it has left and how to go on; any other as it is. */
export function withAdvice(error: unknown, advice: string): unknown {
  if (!(error instanceof CommandError) || error.label !== 'INTERRUPTED') return error
  return new CommandError('INTERRUPTED', `${error.message}; ${advice}`)
}
