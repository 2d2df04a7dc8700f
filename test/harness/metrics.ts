/** What a process says of itself, and what the system says of it. */
import { readFileSync } from 'node:fs'

/**
 * The value of a metric of the process at that port, by its name and a label that the sample has. Undefined: there is
 * none.
 */
export async function metricOf(port: number, name: string, label = ''): Promise<number | undefined> {
  const page = await (await fetch(`http://localhost:${port}/metrics`)).text()
  const line = page.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(label))
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')))
}

/** Resident memory of a process in bytes. Undefined where the system does not tell it in /proc. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}
