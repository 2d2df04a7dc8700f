/** What may stand behind `npm run figures --`. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { PublishedLine } from './published.js'
import { FIGURE_16, nameOf } from './published.js'

export interface Options {
  /** Exit 1 when a known answer is missed. */
  readonly check: boolean
  /** Leave the real processes out. */
  readonly simulated: boolean
  /** The lines of Figure 16 that are wanted. */
  readonly lines: readonly PublishedLine[]
  /** Lines were named: nothing else is wanted. */
  readonly linesOnly: boolean
  /** Trials a line of Figure 16 in virtual time; twenty times as many elections a line of the WAN. */
  readonly trials: number
  /** Trials a line with real processes. */
  readonly kills: number
  /** Where the drawings go. */
  readonly folder: string
}

export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      check: { type: 'boolean', default: false },
      simulated: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      line: { type: 'string', multiple: true },
      trials: { type: 'string' },
      kills: { type: 'string' },
      folder: { type: 'string', default: join(import.meta.dirname, '../../../docs/internals/figures') },
    },
  })
  const { check, simulated, quick, folder } = values
  return {
    check,
    simulated,
    folder,
    linesOnly: values.line !== undefined,
    lines: (values.line ?? FIGURE_16.map(({ timeout }) => nameOf(timeout))).map(lineOf),
    trials: countOf(values.trials ?? (quick ? '100' : '1000')),
    kills: countOf(values.kills ?? (quick ? '5' : '20')),
  }
}

function lineOf(name: string): PublishedLine {
  const line = FIGURE_16.find(({ timeout }) => nameOf(timeout) === name)
  const names = FIGURE_16.map(({ timeout }) => nameOf(timeout))
  if (line === undefined) throw new Error(`Figure 16 has no line ${name}: ${names.join(', ')}`)
  return line
}

function countOf(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`not a number of trials: ${text}`)
  return count
}
