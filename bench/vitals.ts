/** What a member's process says of itself over HTTP, and what the system (Linux) says of the process. */
import { readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pause } from '../test/harness/cluster.js'

/** The most memory that the process has held at any time, in bytes. */
export function residentMax(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/** What the folder takes on the disk, as `du` counts it, in bytes. */
export async function diskUse(folder: string): Promise<number> {
  const files = await readdir(folder)
  return files.reduce((sum, file) => sum + blocksOf(join(folder, file)), 0)
}

/** A file that went meanwhile takes nothing. */
function blocksOf(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512
}

/** One metric of the member's page. A delay is told since the page was last asked for. */
export async function metricOf(place: string, name: string): Promise<number> {
  const page = await (await fetch(`http://${place}/metrics`)).text()
  const [, value] = new RegExp(`^rollcall_${name}\\{.*\\} (\\S+)$`, 'm').exec(page) ?? []
  if (value === undefined) throw new Error(`${place} tells no rollcall_${name}`)
  return Number(value)
}

export async function untilReady(place: string): Promise<void> {
  while (!(await isReady(place))) await pause(5)
}

async function isReady(place: string): Promise<boolean> {
  try {
    return (await fetch(`http://${place}/readyz`)).ok
  } catch {
    return false
  }
}
