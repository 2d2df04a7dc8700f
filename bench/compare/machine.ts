/** On what it was measured. */
import { cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cores: number
  readonly model: string
  readonly memoryBytes: number
  readonly kernel: string
  readonly node: string
}

export function thisMachine(): Machine {
  const all = cpus()
  return {
    cores: all.length,
    model: all[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
  }
}

/** How many threads ran or wanted to, in the mean of the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? 0
}
