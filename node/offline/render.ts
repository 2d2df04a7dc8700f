/** The inspection of a data folder for people. */
import type { Configuration } from '../../lib/raft/types.js'
import type { Inspection } from '../../lib/storage/inspect.js'
import type { IndexRange, SegmentSummary } from '../../lib/storage/log-summary.js'

interface ClusterSummary {
  readonly configuration: Configuration
  readonly clusterId: string | undefined
}

export function renderInspection(inspection: Inspection): string {
  const {
    member,
    configuration,
    clusterId,
    hardState,
    snapshot,
    skips = [],
    segments,
    spares,
    tornBytes,
    others,
    damage,
  } = inspection
  const rows: (readonly [string, string])[] = [
    [
      'member',
      member ? `${member.id} of the cluster ${member.cluster}, incarnation ${member.incarnation}` : 'none',
    ],
  ]
  if (configuration) rows.push(['cluster', describeCluster({ configuration, clusterId })])
  if (hardState) rows.push(['term', `${hardState.currentTerm}, ${voteOf(hardState.votedFor)}`])
  if (snapshot) {
    const { file, position, chunks, bytes } = snapshot
    const size = `${counted(chunks, 'piece')}, ${counted(bytes, 'byte')}`
    rows.push(['snapshot', `up to entry ${position.index}, term ${position.term}: ${size} in ${file}`])
  }
  if (skips.length > 0)
    rows.push(['skipped', `${skips.length === 1 ? 'entry' : 'entries'} ${skips.join(', ')}`])
  rows.push(['log', logOf(inspection)])
  for (const segment of segments) rows.push(['', segmentOf(segment)])
  if (spares.length > 0) rows.push(['', `${spares.join(', ')}  not used yet`])
  if (tornBytes > 0) rows.push(['torn end', `${counted(tornBytes, 'byte')}, which the next start cuts`])
  if (others.length > 0) rows.push(['others', others.join(', ')])
  if (damage) rows.push(['damage', `${damage.label}: ${damage.message}`])
  return rows.map(([label, text]) => `${label.padEnd(10)}${text}`).join('\n')
}

/** Its members, and its id. */
export function describeCluster({ configuration, clusterId }: ClusterSummary): string {
  return `${membersOf(configuration)}, cluster id ${clusterId ?? 'not given yet'}`
}

/** `3 pieces`, `1 piece`, `1,234,567 bytes`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

function voteOf(votedFor: string | null): string {
  return votedFor === null ? 'no vote' : `vote for ${votedFor}`
}

function membersOf({ voters, outgoing, learners }: Configuration): string {
  const parts = [`voters ${voters.join(', ')}`]
  if (outgoing) parts.push(`joint with ${outgoing.join(', ')}`)
  if (learners.length > 0) parts.push(`learners ${learners.join(', ')}`)
  return parts.join(', ')
}

function logOf({ entries: { from, to, byKind, lastTerm }, segments }: Inspection): string {
  if (segments.length === 0) return 'none'
  if (from === undefined || to === undefined) return 'no entries'
  const kinds = Object.entries(byKind).filter(([, count]) => count > 0)
  const inAll = kinds.map(([kind, count]) => `${count.toLocaleString('en-US')} ${kind}`).join(', ')
  return `${rangeOf({ from, to })}, the last one of term ${lastTerm}: ${inAll}`
}

function segmentOf({ file, bytes, usedBytes, entries }: SegmentSummary): string {
  const used = `${usedBytes.toLocaleString('en-US')} of ${counted(bytes, 'byte')} used`
  return `${file}  ${used}, ${entries ? rangeOf(entries) : 'no entries'}`
}

function rangeOf({ from, to }: IndexRange): string {
  return from === to ? `entry ${from}` : `entries ${from} to ${to}`
}
