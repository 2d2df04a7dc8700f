/** What a client knows of a cluster's members at one moment, and what follows from it. */
import { membersOf, type Json } from '../json.js'
import type { MemberStatus } from '../member.js'
import { InvalidParamsError, UnauthorizedError } from '../rpc/errors.js'
import { asUri } from '../rpc/uri-grammar.js'

/** A member's status as it reports it, or the reason why there is none. */
export type MemberView =
  | (MemberStatus & { readonly reachable: true })
  | {
      readonly id: string
      readonly uri: string
      readonly reachable: false
      readonly reason: string
      /** The cluster of whoever answers there, if it is another one. */
      readonly cluster?: string
      /** It answers, but refuses to tell this client: `reason` is what it says. */
      readonly isRefused?: true
    }

export interface Leader {
  readonly id: string
  readonly uri: string
  readonly term: number
}

/**
 * The leader of the highest term that any member knows of: a leader that says so itself, or one that others follow.
 * Null when the highest term has none yet. A leader that did not answer this once counts as long as others follow it.
 */
export function leaderOf(views: readonly MemberView[]): Leader | null {
  let best: Leader | null = null
  let highest = 0
  for (const view of views) {
    if (!view.reachable) continue
    highest = Math.max(highest, view.term)
    const leader = view.role === 'leader' ? view : view.leader
    if (leader && (!best || view.term > best.term)) best = { id: leader.id, uri: leader.uri, term: view.term }
  }
  return best && best.term === highest ? best : null
}

/** Those that follow a leader which does not answer itself. None: it answers, or was not asked. */
export function followersOf(leader: Leader, views: readonly MemberView[]): readonly MemberView[] {
  if (!views.some((view) => view.uri === leader.uri && !view.reachable)) return []
  return views.filter((view) => view.reachable && view.leader?.uri === leader.uri)
}

/** The next leader leads a term above this one: the highest that has a leader, or could have one yet. */
export function termAbove(views: readonly MemberView[]): number {
  const leader = leaderOf(views)
  if (leader !== null) return leader.term
  return Math.max(...views.map((view) => (view.reachable ? view.term : 1))) - 1
}

/** What a member answered that was asked who leads. Undefined: that nobody does, or something else. */
export function asLeader(answer: Json): Leader | undefined {
  const { id, uri, term } = membersOf(answer)
  if (typeof id !== 'string' || typeof uri !== 'string' || typeof term !== 'number') return undefined
  return asUri(uri) === undefined ? undefined : { id, uri, term }
}

/** The URIs of the configuration that the most advanced of these members has, or undefined if none answered. */
export function configurationOf(views: readonly MemberView[]): readonly string[] | undefined {
  return mostAdvanced(views)?.members.map((member) => member.uri)
}

/** None of the members leads, as far as they answer: in words, with how many it is that do. */
export function nobodyLeads(views: readonly MemberView[]): string {
  if (!views.some(({ reachable }) => reachable))
    return `no member answers at ${views.map(({ uri }) => uri).join(', ')}`
  const voters = (mostAdvanced(views)?.members ?? []).filter(({ voter }) => voter)
  const answering = voters.filter(({ id }) => views.some((view) => view.reachable && view.id === id))
  const needed = Math.floor(voters.length / 2) + 1
  const isShort = answering.length < needed ? `, and a leader needs ${needed}` : ''
  return `the members have no leader now: ${answering.length} of ${voters.length} answer${isShort}`
}

function mostAdvanced(views: readonly MemberView[]): MemberStatus | undefined {
  let best: MemberStatus | undefined
  for (const view of views) {
    if (!view.reachable || view.members.length === 0) continue
    const ahead = best === undefined || view.term > best.term
    if (ahead || (view.term === best?.term && view.commitIndex > best.commitIndex)) best = view
  }
  return best
}

/**
 * What to say to whoever has given members that all belong to another cluster. Undefined: not all do, or none answers.
 */
export function otherCluster(views: readonly MemberView[]): InvalidParamsError | undefined {
  const [first] = views
  const others = views.filter((view) => !view.reachable && view.cluster !== undefined)
  if (first === undefined || others.length < views.length) return undefined
  return new InvalidParamsError(
    `${first.uri} belongs to the cluster "${first.cluster}": name that cluster, or give members of the one that is meant`,
  )
}

/** What to say to whom no member that answers knows. Undefined: one does, or none answers. */
export function refused(views: readonly MemberView[]): UnauthorizedError | undefined {
  if (views.some(({ reachable }) => reachable)) return undefined
  for (const view of views)
    if (!view.reachable && view.isRefused === true)
      return new UnauthorizedError(`${view.uri}: ${view.reason}`)
  return undefined
}
