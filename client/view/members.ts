/** The table of members, as text. Pure: the same views give the same text. */
import type { ChalkInstance } from 'chalk'
import { colours } from './colours.js'
import { fit } from './fit.js'
import { printable } from '../../lib/printable.js'
import { uncountedOf } from '../../lib/client/uncounted.js'
import { leaderOf, type MemberView } from '../../lib/client/views.js'

export interface TableOptions {
  /** The width that no line may exceed. */
  readonly columns: number
  readonly colour: boolean
  /** For how long members that do not answer have been silent, in milliseconds, by id. */
  readonly silentMs?: ReadonlyMap<string, number>
}

const HEAD = ['MEMBER', 'ROLE', 'TERM', 'COMMIT', 'APPLIED', 'URI']
const NUMBERS: ReadonlySet<number> = new Set([2, 3, 4])

/** One line for the cluster, one for the heads, one for each member; and one where members that are gone are needed. */
export function renderMembers(views: readonly MemberView[], options: TableOptions): string {
  const paint = colours(options.colour)
  const rows = [HEAD, ...views.map((view) => cells(view, options).map(printable))]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    fit(
      row
        .map((cell, i) => pad(cell, widths[i] ?? 0, i))
        .join('  ')
        .trimEnd(),
      options.columns,
    ),
  )
  const painted = lines.map((line, i) => (i === 0 ? paint.dim(line) : paintRow(line, views[i - 1], paint)))
  const more = waitsFor(views).map((line) => fit(printable(line), options.columns))
  return [fit(printable(summary(views)), options.columns), ...painted, ...more].join('\n')
}

/** One line where all that lacks is a member whose word counts. */
function waitsFor(views: readonly MemberView[]): readonly string[] {
  const answering = views.filter((view) => view.reachable)
  const leader = answering.find(({ id }) => id === leaderOf(views)?.id)
  const uncounted = leader && uncountedOf(leader, new Set(answering.map(({ id }) => id)))
  if (uncounted === undefined || uncounted.short === 0) return []
  const { newcomers, missing } = uncounted
  return [
    `${newcomers.join(' and ')} came for the first time, and does not count yet: start ${missing.join(' or ')} again`,
  ]
}

function summary(views: readonly MemberView[]): string {
  const leader = leaderOf(views)
  const answering = views.filter((view) => view.reachable).length
  const cluster = views.find((view) => view.reachable)?.cluster
  const led = leader === null ? 'no leader' : `leader ${leader.id}, term ${leader.term}`
  return `${cluster === undefined ? '' : `${cluster}: `}${led}, ${answering} of ${views.length} members reachable`
}

function cells(view: MemberView, { silentMs }: TableOptions): readonly string[] {
  if (view.reachable)
    return [view.id, view.role, `${view.term}`, `${view.commitIndex}`, `${view.lastApplied}`, view.uri]
  const silent = silentMs?.get(view.id)
  return [view.id, absence(view.cluster, silent), '-', '-', '-', view.uri]
}

/** `cluster`: the other one that whoever answers there belongs to. */
function absence(cluster: string | undefined, silentMs: number | undefined): string {
  if (cluster !== undefined) return `of ${cluster}`
  return silentMs === undefined ? 'unreachable' : `unreachable since ${duration(silentMs)}`
}

/** `3 s`, `2 min`, `5 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`
}

function pad(cell: string, width: number, column: number): string {
  return NUMBERS.has(column) ? cell.padStart(width) : cell.padEnd(width)
}

function paintRow(line: string, view: MemberView | undefined, paint: ChalkInstance): string {
  if (view === undefined) return line
  if (!view.reachable) return paint.red(line)
  switch (view.role) {
    case 'leader':
      return paint.green(line)
    case 'candidate':
      return paint.yellow(line)
    case 'learner':
      return paint.cyan(line)
    case 'follower':
      return line
  }
}
