/** Histories as they are drawn on paper. */
import type { Json } from '../../../lib/json.js'
import type { Operation } from '../../../testing/checker/history.js'

/**
 * One line for each operation, `client from-to method params → result`, values as JSON; `from-` and no result for one
 * whose outcome is unknown.
 *
 *     c1 1-2 set "x" 1 → null
 *     c2 3- set "x" 2
 */
export function historyOf(object: string, text: string): Operation[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const found = /^(\S+) (\d+)-(\d*) (\S+)(.*?)(?: → (.+))?$/.exec(line.trim())
      if (found === null) throw new Error(`no operation: ${line}`)
      const [, client = '', from, to, method = '', params = '', result] = found
      return {
        client,
        call: { object, method, params: params.trim().split(' ').filter(Boolean).map(json) },
        invokedAt: Number(from),
        outcome: to
          ? { kind: 'answered', at: Number(to), result: json(result ?? 'null') }
          : { kind: 'unknown' },
      }
    })
}

function json(text: string): Json {
  return JSON.parse(text) as Json
}
