/** What may stand behind `npm run bench --`. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Exit 1 when a target is missed. */
  readonly check: boolean
  /** Of growth: the sizes of the targets. */
  readonly full: boolean
  /** Of the journeys: print the names, too. */
  readonly list: boolean
  /** Of the comparison: the folder where its files go. */
  readonly out: string | undefined
  /** Asked for by name. Empty: none was named. */
  readonly parts: readonly string[]
}

export function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      check: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
    allowPositionals: true,
  })
  return { check: values.check, full: values.full, list: values.list, out: values.out, parts: positionals }
}
