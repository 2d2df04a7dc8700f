/** What a benchmark prints, and which of its targets were missed. */

export const count = (value: number): string => Math.round(value).toLocaleString('en-US')
export const time = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`
export const size = (bytes: number): string => `${count(bytes / 1_000_000)} MB`

/** One line: what was measured, what came out, and what stands beside it. */
export function say(what: string, figure: string, beside = ''): void {
  process.stdout.write(`${what.padEnd(44)} ${figure.padStart(34)}   ${beside}\n`)
}

/** The names of targets that were missed, in order. */
export const missed: string[] = []

export function target(name: string, met: boolean): void {
  if (!met) missed.push(name)
}

/** What limits were exceeded, in order. */
export const exceeded: string[] = []

/** Like a target, but it fails the run whether targets are checked or not. */
export function limit(name: string, met: boolean): void {
  if (!met) exceeded.push(name)
}
