/**
 * The command `rollcall` in a process that counts the functions which it enters. To each message it answers with those
 * that were entered since the last one. The program itself knows nothing of this.
 */
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'

/** A function of the program. Those without a name count as part of the function that they stand in. */
export interface Entered {
  /** Below `dist`. */
  readonly file: string
  readonly name: string
  /** Where it begins in its file. */
  readonly offset: number
}

const dist = new URL('..', import.meta.url).href
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
process.on('message', () => void answer())
// Whoever asks is gone, however that came about.
process.on('disconnect', () => process.exit(0))

await import('../command.js')

async function answer(): Promise<void> {
  const { result } = await session.post('Profiler.takePreciseCoverage')
  process.send?.(result.filter(isOurs).flatMap(enteredIn))
}

function isOurs({ url }: Profiler.ScriptCoverage): boolean {
  return url.startsWith(dist) && !url.startsWith(`${dist}bench/`)
}

function enteredIn({ url, functions }: Profiler.ScriptCoverage): readonly Entered[] {
  const file = url.slice(dist.length)
  return functions.flatMap(({ functionName: name, ranges: [range] }) =>
    name !== '' && range !== undefined && range.count > 0 ? [{ file, name, offset: range.startOffset }] : [],
  )
}
