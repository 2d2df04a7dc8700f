import { TABLE } from './table.js'
import type { Role } from './types.js'

const ROLES: readonly Role[] = ['follower', 'preCandidate', 'candidate', 'leader']

/** The table as Markdown, one row for each event and one column for each role; docs/raft.md shows it. */
export function renderTable(): string {
  const head = [`| | ${ROLES.join(' | ')} |`, `|---|${ROLES.map(() => '---').join('|')}|`]
  const rows = Object.entries(TABLE).map(
    ([event, row]) => `| ${event} | ${ROLES.map((role) => row[role].does).join(' | ')} |`,
  )
  return [...head, ...rows].join('\n')
}
