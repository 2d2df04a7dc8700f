/**
 * Which processor a process runs on. Two that wait for each other are up to three times as fast on one as on two, and
 * the system leaves them where it has put them once: who is ahead would be its choice.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type End = 'server' | 'client'

/** All threads of it, from now on; each end has one. Where the system has no means for it, or one processor, nothing is done. */
export function pin(pid: number | undefined, end: End): void {
  const processor = PROCESSORS[end === 'server' ? 0 : 1]
  if (pid !== undefined && PROCESSORS.length > 1)
    spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(processor), String(pid)])
}

/** Those that this process may use. */
const PROCESSORS = processors()

function processors(): readonly number[] {
  try {
    const [, list = ''] = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return list.split(',').flatMap((range) => {
      const [first = NaN, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, at) => first + at)
    })
  } catch {
    return []
  }
}
