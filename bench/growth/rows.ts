/** What the growth benchmark finds: a table of what a command costs, and lines of what is held to a target. */
import type { Measured } from '../compare/measure.js'
import { count, target } from '../report.js'

/** A command may cost so many times as much at the end of a row as at its beginning. */
const GROWTH_MAX = 1.5

/** One size, and what a command costs there. */
export interface Sized {
  readonly size: string
  readonly measured: Measured
}

export function costTable(what: string, all: readonly Sized[]): string {
  const rows = all.map(({ size, measured }) => [
    size,
    ...(['leader', 'follower', 'client', 'all'] as const).map((role) => micro(measured.costs[role]?.us)),
    count(measured.perSecond),
  ])
  const head = [what, 'leader', 'follower', 'client', 'all', 'commands/s']
  return [head, head.map((_, at) => (at === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** `parts`: of each size, how many share what it costs. */
export function demandFlat(what: string, all: readonly Sized[], parts = all.map(() => 1)): void {
  const costs = all.map(({ measured }, at) => (measured.costs.all?.us ?? NaN) / (parts[at] ?? 1))
  const growth = (costs.at(-1) ?? NaN) / (costs[0] ?? NaN)
  target(
    `a command costs ${growth.toFixed(2)} times as much as ${what} grow, at most ${GROWTH_MAX}`,
    growth <= GROWTH_MAX,
  )
}

function micro(us: number | undefined): string {
  return us === undefined ? '-' : us.toFixed(1)
}
