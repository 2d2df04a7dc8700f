/** What happened to the members between one look at them and the next. Takes the time as a parameter. */
import { leaderOf, type Leader, type MemberView } from '../../lib/client/views.js'

interface Seen {
  readonly reachable: boolean
  readonly role: string
  /** When it last changed between reachable and not. */
  readonly sinceMs: number
}

export class MemberHistory {
  readonly #seen = new Map<string, Seen>()
  #leader: Leader | null = null

  /** Takes in the views of this moment and returns what is new, one sentence each, in the members' order. */
  observe(views: readonly MemberView[], nowMs: number): readonly string[] {
    const news = views.flatMap((view) => this.#member(view, nowMs))
    const leader = leaderOf(views)
    const elected = leader !== null && (leader.id !== this.#leader?.id || leader.term !== this.#leader.term)
    if (leader !== null) this.#leader = leader
    return elected ? [...news, `${leader.id} leads in term ${leader.term}`] : news
  }

  /** For how long each unreachable member has been so, by id; members that were never seen alive are left out. */
  silentMs(nowMs: number): ReadonlyMap<string, number> {
    const silent = [...this.#seen].filter(([, seen]) => !seen.reachable && seen.role !== '')
    return new Map(silent.map(([id, seen]) => [id, nowMs - seen.sinceMs]))
  }

  #member(view: MemberView, nowMs: number): readonly string[] {
    const before = this.#seen.get(view.id)
    const changed = before?.reachable !== view.reachable
    const sinceMs = before === undefined || changed ? nowMs : before.sinceMs
    const role = view.reachable ? view.role : (before?.role ?? '')
    this.#seen.set(view.id, { reachable: view.reachable, role, sinceMs })
    if (before === undefined || !changed) return []
    if (view.reachable) return [before.role === '' ? `${view.id} is up` : `${view.id} is back`]
    return [`${view.id} died${before.role === 'leader' ? ', it was the leader' : ''}`]
  }
}
