/**
 * What a member answers to HTTP GET: `/livez` and `/readyz` for whoever starts and watches processes, `/metrics` as
 * Prometheus reads it (text format 0.0.4).
 */
import type { MemberStatus } from '../member.js'
import { metric, metricsPage } from '../metrics-text.js'
import type { Ms, Page } from '../ports.js'
import { waitingMetrics, type Waiting } from './waiting-metrics.js'

/** What the pages ask of a replica. */
export interface Watched {
  readonly isServing: boolean
  /** How long ago it last knew that it had applied all that was committed; null: not since it started. */
  readonly dataAge: Ms | null
  readonly waiting: Waiting
  status(): MemberStatus
  onChange(listener: (status: MemberStatus) => void): () => void
}

const ROLES: readonly MemberStatus['role'][] = ['leader', 'follower', 'candidate', 'learner']

export class MemberPages {
  #replica: Watched | undefined
  #electionsWon = 0
  #termWon: number | undefined
  #leaderChanges = 0
  #leader: string | undefined

  /**
   * `longestDelay`: how long the process was held up at the longest since it was last asked. Milliseconds.
   * `processMetrics`: what the system says of the process, as lines of `/metrics`.
   */
  constructor(
    private readonly longestDelay: () => Ms,
    private readonly processMetrics: () => readonly string[],
  ) {}

  /** From here on the pages speak of this replica; before, the process lives and is not ready. */
  watch(replica: Watched): void {
    this.#replica = replica
    replica.onChange((status) => this.#count(status))
  }

  /** Undefined: there is no such page. */
  page(path: string): Page | undefined {
    switch (path) {
      case '/livez':
        return text(200, 'alive')
      case '/readyz':
        return this.#ready()
      case '/metrics':
        return metricsPage(this.#metrics())
      default:
        return undefined
    }
  }

  #count({ role, term, leader }: MemberStatus): void {
    if (role === 'leader' && this.#termWon !== term) {
      this.#termWon = term
      this.#electionsWon += 1
    }
    if (leader !== null && this.#leader !== leader.id) {
      this.#leader = leader.id
      this.#leaderChanges += 1
    }
  }

  #ready(): Page {
    const missing = this.#replica === undefined ? 'it is starting' : unreadiness(this.#replica)
    return missing === undefined ? text(200, 'ready') : text(503, `not ready: ${missing}`)
  }

  #metrics(): readonly string[] {
    if (this.#replica === undefined) return []
    const status = this.#replica.status()
    const labels = { cluster: status.cluster, member: status.id }
    return [
      ...metric('term', 'gauge', 'The current Raft term.', [[labels, status.term]]),
      ...metric(
        'role',
        'gauge',
        'The role that this member has is 1, the others are 0.',
        ROLES.map((role) => [{ ...labels, role }, Number(status.role === role)]),
      ),
      ...metric('leader_known', 'gauge', 'Whether this member knows a leader.', [
        [labels, Number(status.leader !== null)],
      ]),
      ...metric('commit_index', 'gauge', 'The highest log index known to be committed.', [
        [labels, status.commitIndex],
      ]),
      ...metric('last_applied', 'gauge', 'The highest log index applied to the objects.', [
        [labels, status.lastApplied],
      ]),
      ...metric('last_index', 'gauge', 'The last index of the log.', [[labels, status.lastIndex]]),
      ...metric('uncounted_voters', 'gauge', 'Voters that count for no majority yet, as this leader knows.', [
        [labels, status.role === 'leader' ? (status.uncounted?.length ?? 0) : 0],
      ]),
      ...metric('elections_won_total', 'counter', 'Elections that this process has won.', [
        [labels, this.#electionsWon],
      ]),
      ...metric('leader_changes_total', 'counter', 'How often this process has heard of another leader.', [
        [labels, this.#leaderChanges],
      ]),
      ...metric(
        'event_loop_delay_max_seconds',
        'gauge',
        'The longest that one task kept all others waiting, since this page was last asked for.',
        [[labels, this.longestDelay() / 1000]],
      ),
      ...waitingMetrics(this.#replica.waiting, labels),
      ...this.processMetrics(),
    ]
  }
}

/** A follower that lags for longer is of no use when another member goes. */
const LAG_MS = 5_000

/**
 * What is missing until the member is ready: whoever restarts the members one by one goes on to the next. A follower
 * that was away is far behind the leader, though it has applied all that it knows to be committed; so what the leader
 * has told it counts, and how long ago it had applied that much.
 */
function unreadiness(replica: Watched): string | undefined {
  const { id, leader, role, commitIndex, lastApplied, uncounted = [] } = replica.status()
  if (leader === null) return 'no leader is known'
  if (role === 'learner') return 'it is a learner, which does not vote yet'
  if (role !== 'leader' && uncounted.includes(id))
    return 'it has come for the first time, and may count for no majority yet'
  if (role === 'leader' && !replica.isServing) return 'its first entry as the leader is not committed yet'
  if (commitIndex === 0) return 'nothing is known to be committed yet'
  if (lastApplied < commitIndex) return `${commitIndex - lastApplied} committed entries are not applied yet`
  if (role === 'leader') return undefined
  if (replica.dataAge === null) return 'it has not caught up with its leader yet'
  if (replica.dataAge > LAG_MS) return `it was last up to date with its leader ${replica.dataAge} ms ago`
  return undefined
}

function text(status: number, sentence: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${sentence}\n` }
}
