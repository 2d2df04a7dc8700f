/** All that a comparison has found, as it is written to its file. */
import type { Machine } from './machine.js'
import type { Sample } from './samples.js'

export interface Compared {
  readonly name: string
  readonly version: string
  readonly promisesLess?: string
}

export interface Missing {
  readonly name: string
  /** What would bring it. */
  readonly packageOfDebian: string
}

export interface Findings {
  readonly machine: Machine
  /** Before and after. */
  readonly load: readonly [number, number]
  readonly rounds: number
  /** Each row of a round took so long. */
  readonly seconds: number
  readonly compared: readonly Compared[]
  readonly missing: readonly Missing[]
  /** Calls a second of plain objects, by row and library. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Writes a second, by etcd's own benchmark. Null: it was not run. */
  readonly checkPerf: number | null
  readonly samples: readonly Sample[]
}

/** Four digits are more than any figure is good for: what is told and what is kept are the same. */
export function rounded(findings: Findings): Findings {
  return JSON.parse(JSON.stringify(findings, withFourDigits)) as Findings
}

function withFourDigits(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
}

export function jsonOf(findings: Findings): string {
  const { samples, ...rest } = findings
  const lines = samples.map((sample) => `  ${JSON.stringify(sample)}`)
  const head = JSON.stringify(rest, null, 1).slice(0, -2)
  return `${head},\n "samples": [\n${lines.join(',\n')}\n ]\n}\n`
}
