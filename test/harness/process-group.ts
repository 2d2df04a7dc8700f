/** Processes with all that they have started: each is spawned `detached`, so that it leads a group of its own. */
import type { ChildProcess } from 'node:child_process'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const held = new Set<ChildProcess>()

/** Whatever it has started does not outlive it, nor a signal that ends this process. */
export function holdGroup(child: ChildProcess): void {
  if (held.size === 0) for (const signal of SIGNALS) process.on(signal, endBy)
  held.add(child)
  child.once('exit', () => {
    killGroup(child)
    held.delete(child)
    if (held.size === 0) for (const signal of SIGNALS) process.off(signal, endBy)
  })
}

export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

function endBy(signal: NodeJS.Signals): void {
  for (const child of held) killGroup(child)
  process.off(signal, endBy)
  // By the same signal, as whoever waits for this process expects.
  process.kill(process.pid, signal)
}
