/** Who is at the other end of a connection, by its own word: asked for once on each connection, before any call. */
import { isWhole, membersOf, textsIn, type Json } from '../json.js'
import type { RawCall } from '../rpc/channels/connection-options.js'
import { readDescription } from '../rpc/calling/descriptions.js'
import { RollcallError, UnauthorizedError } from '../rpc/errors.js'
import type { Uri } from '../rpc/uri.js'
import { asUri } from '../rpc/uri-grammar.js'
import { memberStatus } from './member-status.js'

export type Identity =
  | {
      readonly kind: 'member'
      readonly id: string
      readonly cluster: string
      /** Null: it does not know it yet. */
      readonly clusterId: string | null
      /** The newest that it has heard of: another cluster's is a reason to stay away, the own one no proof. */
      readonly clusterIdInLog: string | null
      /** All of the cluster, as far as it has heard; one of an older build names none. */
      readonly members: readonly Uri[]
    }
  /** A process of this project that belongs to no cluster. */
  | { readonly kind: 'plain' }
  /** It does not say. */
  | { readonly kind: 'unknown' }

/** More objects than this no member of a build without `daemon.hello` is asked about. */
const OBJECTS_MAX = 100

/** Rejects with the call's error when the other end can not be asked now. */
export async function identityOf(call: RawCall): Promise<Identity> {
  const said = await known(call('daemon.hello', []))
  return said === undefined ? ofOlderMember(call) : readIdentity(said)
}

function readIdentity(said: Json): Identity {
  const { version, cluster, clusterId, clusterIdInLog, member, members } = membersOf(said)
  if (!isWhole(version)) return { kind: 'unknown' }
  if (typeof cluster !== 'string' || typeof member !== 'string') return { kind: 'plain' }
  return {
    kind: 'member',
    id: member,
    cluster,
    clusterId: textOrNull(clusterId),
    clusterIdInLog: textOrNull(clusterIdInLog),
    members: textsIn(members).flatMap((member) => asUri(member) ?? []),
  }
}

/** A member of a build before `daemon.hello` says who it is as its own object, whose name it does not say. */
async function ofOlderMember(call: RawCall): Promise<Identity> {
  const objects = textsIn(await known(call('daemon.objects', []))).slice(0, OBJECTS_MAX)
  const members = await Promise.all(objects.map((object) => statusAt(call, object)))
  return members.find((member) => member !== undefined) ?? { kind: 'unknown' }
}

async function statusAt(call: RawCall, object: string): Promise<Identity | undefined> {
  const description = await known(call('daemon.describe', [object]))
  if (description === undefined || !readDescription(description).methods.has('appendEntries'))
    return undefined
  const status = memberStatus((await known(call(`${object}.status`, []))) ?? null)
  if (status === undefined) return undefined
  const { id, cluster, clusterId } = status
  return { kind: 'member', id, cluster, clusterId, clusterIdInLog: null, members: [] }
}

const textOrNull = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

/** Undefined: the other end does not know the method, and will not another time. */
async function known(answer: Promise<Json>): Promise<Json | undefined> {
  try {
    return await answer
  } catch (error) {
    const isKnown = error instanceof UnauthorizedError || !(error instanceof RollcallError)
    if (!isKnown && error.retry === 'never') return undefined
    throw error
  }
}
