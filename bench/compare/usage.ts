/** What the system (Linux) says that a process has used since it began. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  /** Nanoseconds of a processor, of all threads that still live. */
  readonly cpuNs: number
  /** System calls that write, to sockets and files alike. */
  readonly writes: number
  /** Bytes handed to these. */
  readonly written: number
  /** Bytes of the pages that are to go to a disk for it. */
  readonly toDisk: number
}

export function usageOf(pid: number): Usage {
  const io = ioIn(readFileSync(`/proc/${pid}/io`, 'utf8'))
  return { cpuNs: cpuNsOf(pid), ...io }
}

export function usedBetween(before: Usage, after: Usage): Usage {
  return {
    cpuNs: after.cpuNs - before.cpuNs,
    writes: after.writes - before.writes,
    written: after.written - before.written,
    toDisk: after.toDisk - before.toDisk,
  }
}

function cpuNsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => sum + threadCpuNs(`/proc/${pid}/task/${thread}/schedstat`), 0)
}

/** A thread that has ended meanwhile took next to nothing. */
function threadCpuNs(path: string): number {
  try {
    return cpuNsIn(readFileSync(path, 'utf8'))
  } catch {
    return 0
  }
}

/** `schedstat` has three numbers: nanoseconds with a processor, nanoseconds without, turns. */
export function cpuNsIn(schedstat: string): number {
  const [, ns] = /^(\d+) \d+ \d+$/m.exec(schedstat) ?? []
  if (ns === undefined) throw new Error(`not a schedstat: ${schedstat}`)
  return Number(ns)
}

export function ioIn(io: string): Omit<Usage, 'cpuNs'> {
  return { writes: line(io, 'syscw'), written: line(io, 'wchar'), toDisk: line(io, 'write_bytes') }
}

function line(io: string, name: string): number {
  const [, value] = new RegExp(`^${name}: (\\d+)$`, 'm').exec(io) ?? []
  if (value === undefined) throw new Error(`no ${name} in: ${io}`)
  return Number(value)
}
