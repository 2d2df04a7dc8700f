/** What waits at a replica, and how `/metrics` tells it. */
import { metric, type Sample } from '../metrics-text.js'
import type { Load, PeerLoad } from './guards/budget.js'
import type { CallersWaiting } from './calls/caller-side.js'
import type { MembersWaiting } from './members/cluster-side.js'

export interface Waiting extends CallersWaiting, MembersWaiting {
  /** UTF-16 units of commands that are committed and not applied here yet. */
  readonly applyBacklog: number
}

type Labels = Readonly<Record<string, string>>

export function waitingMetrics(waiting: Waiting, labels: Labels): readonly string[] {
  const { commands, queries, watches, peerRequests, applyBacklog, peers } = waiting
  const doors: readonly (readonly [string, string, Load])[] = [
    ['pending_commands', 'Commands that are not applied yet', commands],
    ['pending_queries', 'Queries that wait for their read index', queries],
    ['pending_watches', 'Watches that wait for events', watches],
    ['pending_peer_requests', 'Requests of other members without an answer', peerRequests],
  ]
  const ofPeers = (value: (load: PeerLoad) => number): Sample[] =>
    [...peers].map(([peer, load]) => [{ ...labels, peer }, value(load)])
  return [
    ...doors.flatMap(([name, help, { calls, bytes }]) => [
      ...metric(name, 'gauge', `${help}.`, [[labels, calls]]),
      ...metric(`${name}_bytes`, 'gauge', `${help}: their length.`, [[labels, bytes]]),
    ]),
    ...metric('apply_backlog_bytes', 'gauge', 'Length of the commands committed and not applied here yet.', [
      [labels, applyBacklog],
    ]),
    ...metric(
      'peer_requests_in_flight',
      'gauge',
      'Requests to the other member without an answer.',
      ofPeers(({ calls }) => calls),
    ),
    ...metric(
      'peer_bytes_in_flight',
      'gauge',
      'Length of the entries and snapshot pieces in them.',
      ofPeers(({ bytes }) => bytes),
    ),
    ...metric(
      'peer_requests_held_total',
      'counter',
      'Requests that were not sent because too many had no answer.',
      ofPeers(({ held }) => held),
    ),
  ]
}
