/**
 * Who may take a name: a pure decision about one registration. A leader that was deposed does not know it yet, so its
 * late registration must not hide its successor's; a fence, the leader's cluster id and term, puts the two in order.
 */
import type { Fence } from '../lib/names.js'
import { NameTakenError, StaleTermError, type RollcallError } from '../lib/rpc/errors.js'
import { withoutStack } from '../lib/without-stack.js'

/** The highest term in which a cluster has registered the name, and the one URI that it may have in that term. */
export interface Barrier {
  readonly term: number
  readonly uri: string
}

/** A record whose lease has not ended. */
export interface Holder {
  /** One, or several that share the name. */
  readonly uris: readonly string[]
  readonly isShared: boolean
  readonly fence: Fence | null
}

export interface Claim {
  readonly name: string
  readonly uri: string
  readonly safe: boolean
  readonly isShared: boolean
  readonly fence: Fence | null
  /** Who has the name now. */
  readonly holder: Holder | undefined
  /** What the claim's own cluster registered before, if it ever did; outlives the record's removal and lease. */
  readonly barrier: Barrier | undefined
}

/** Why the claim can't be granted; undefined: it can. The first rule that is broken answers. */
export function objection(claim: Claim): RollcallError | undefined {
  return (
    staleTerm(claim) ??
    (claim.fence === null ? unfenced(claim) : otherCluster(claim)) ??
    unsafe(claim) ??
    unshared(claim)
  )
}

/**
 * One term has one leader: within a cluster id a lower term is late, and the same term with another URI is an impostor.
 */
function staleTerm({ name, uri, fence, barrier }: Claim): RollcallError | undefined {
  if (fence === null || barrier === undefined || fence.term > barrier.term) return undefined
  if (fence.term === barrier.term && uri === barrier.uri) return undefined
  const before = `${barrier.uri} in term ${barrier.term}`
  return withoutStack(
    () =>
      new StaleTermError(
        `${name} was registered for ${before} of this cluster, so ${uri} in term ${fence.term} is refused`,
      ),
  )
}

function unfenced({ name, holder }: Claim): RollcallError | undefined {
  if (!holder?.fence) return undefined
  return withoutStack(
    () =>
      new NameTakenError(
        `${name} belongs to ${shown(holder)} by a fence; only a leader of its cluster can register it, unless it is removed`,
      ),
  )
}

function otherCluster({ name, fence, holder }: Claim): RollcallError | undefined {
  if (!holder?.fence || holder.fence.clusterId === fence?.clusterId) return undefined
  const whose = `${shown(holder)} of another cluster (${holder.fence.clusterId})`
  return withoutStack(
    () => new NameTakenError(`${name} belongs to ${whose} until its lease ends or it is removed`),
  )
}

function unsafe({ name, uri, safe, isShared, holder }: Claim): RollcallError | undefined {
  if (!safe || isShared || holder === undefined || holder.uris.includes(uri)) return undefined
  return withoutStack(() => new NameTakenError(`${name} is registered already, for ${shown(holder)}`))
}

/** Whoever has a name alone did not agree to share it, and those who share it did not agree to lose it. */
function unshared({ name, isShared, holder }: Claim): RollcallError | undefined {
  if (holder === undefined || holder.isShared === isShared) return undefined
  const which = isShared ? 'alone' : 'as a shared name'
  return withoutStack(
    () => new NameTakenError(`${name} is registered already, for ${shown(holder)}, ${which}`),
  )
}

const shown = ({ uris }: Holder): string => uris.join(', ')
