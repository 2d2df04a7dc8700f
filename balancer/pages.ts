/** What the balancer answers to GET for whoever starts and watches processes. */
import { metric, metricsPage } from '../lib/metrics-text.js'
import type { Page } from '../lib/ports.js'
import { processMetrics, type SecurityEnds } from '../lib/system/process-metrics.js'
import type { Admission } from './admission.js'
import type { Counts } from './counts.js'
import type { LeaderWatch } from './leader-watch.js'

export interface Watched {
  readonly cluster: string
  readonly watch: Pick<LeaderWatch, 'leader' | 'waiting' | 'members'>
  readonly admission: Pick<Admission, 'calls'>
  readonly counts: Counts
  /** By which it speaks. Undefined: by none. */
  readonly security?: SecurityEnds | undefined
}

/** `/readyz` is 200 while a leader is known. Undefined: there is no such page. */
export function balancerPage(path: string, watched: Watched): Page | undefined {
  switch (path) {
    case '/livez':
      return text(200, 'alive')
    case '/readyz':
      return watched.watch.leader === undefined
        ? text(503, 'not ready: no member is known to lead')
        : text(200, 'ready')
    case '/metrics':
      return metricsPage([...metrics(watched), ...processMetrics(watched.security)])
    default:
      return undefined
  }
}

function metrics({ cluster, watch, admission, counts }: Watched): readonly string[] {
  const labels = { cluster }
  const known = Number(watch.leader !== undefined)
  return [
    ...metric(
      'balancer_calls_total',
      'counter',
      'Calls that have been answered, by how they came.',
      [...counts.calls].map(([transport, count]) => [{ ...labels, transport }, count]),
    ),
    ...metric(
      'balancer_errors_total',
      'counter',
      'Calls that have been answered with an error, by its name.',
      [...counts.errors].map(([error, count]) => [{ ...labels, error }, count]),
    ),
    ...metric(
      'balancer_sent_again_total',
      'counter',
      'Attempts that were surely not executed, and repeated.',
      [[labels, counts.resent]],
    ),
    ...metric('balancer_calls_under_way', 'gauge', 'Calls that have no answer yet.', [
      [labels, admission.calls],
    ]),
    ...metric('balancer_calls_waiting', 'gauge', 'Calls that wait for a leader.', [[labels, watch.waiting]]),
    ...metric('balancer_leader_known', 'gauge', 'Whether a leader is known.', [[labels, known]]),
    ...metric('balancer_leader_changes_total', 'counter', 'How often another leader or term was found.', [
      [labels, counts.leaderChanges],
    ]),
    ...metric('balancer_members', 'gauge', 'Members that are asked whether they lead.', [
      [labels, watch.members.length],
    ]),
  ]
}

function text(status: number, sentence: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${sentence}\n` }
}
