/**
 * Who the member in a data folder is: decided at its first start, written down before anything else, read ever after.
 */
import type { Disk, Random } from '../ports.js'
import { incarnation, serverId, type Configuration, type Incarnation } from '../raft/types.js'
import { IDENTIFIER, IDENTIFIER_PARTS } from '../patterns.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { formatAddress, parseUri } from '../rpc/uri.js'
import { readMemberFile, writeMemberFile } from '../storage/member-file.js'

export interface Identity {
  readonly incarnation: Incarnation
  readonly bootstrap: Configuration
}

export interface Wanted {
  readonly id: string
  readonly cluster: string
  /** The first members, for a new folder. */
  readonly uris: readonly string[]
  /**
   * A new folder is a learner's, who waits for the cluster of `uris` to add it. One of `uris` names it all the same.
   */
  readonly joins: boolean
}

/**
 * @throws InvalidParamsError when the folder belongs to another member or cluster, or is new and no URI names `id`.
 */
export async function identify(
  disk: Disk,
  random: Random,
  { id, cluster, uris, joins }: Wanted,
): Promise<Identity> {
  const known = await readMemberFile(disk)
  if (known === undefined) {
    const fresh = {
      incarnation: incarnation(random.identifier()),
      bootstrap: firstConfiguration(id, uris, joins),
    }
    await writeMemberFile(disk, { id: serverId(id), cluster, ...fresh })
    return fresh
  }
  if (known.id !== id || known.cluster !== cluster) {
    throw new InvalidParamsError(
      `${disk.name} is the data folder of ${known.id} of the cluster ${known.cluster}, not of ${id} of ${cluster}: ` +
        `give this one a folder of its own`,
    )
  }
  return known
}

/**
 * The configuration that a new cluster of `uris` starts with.
 * @throws InvalidParamsError when `id` is not one of them, or one is no id.
 */
export function firstConfiguration(id: string, uris: readonly string[], joins: boolean): Configuration {
  const byId = new Map(uris.map((uri) => [parseUri(uri).objectId as string, uri]))
  if (byId.size < uris.length) throw new InvalidParamsError(`a member stands twice in ${uris.join(', ')}`)
  const places = uris.map((uri) => formatAddress(parseUri(uri).address))
  const twice = places.find((place, at) => places.indexOf(place) < at)
  if (twice !== undefined)
    throw new InvalidParamsError(`two members can't be at one address, ${twice}, in ${uris.join(', ')}`)
  for (const each of byId.keys())
    if (!IDENTIFIER.test(each))
      throw new InvalidParamsError(`"${each}" is no member's id: it is made of ${IDENTIFIER_PARTS}`)
  if (!byId.has(id)) throw new InvalidParamsError(`no member is called ${id}: there are ${uris.join(', ')}`)
  const ids = [...byId.keys()].map(serverId)
  const others = ids.filter((each) => each !== id)
  return {
    voters: joins ? others : ids,
    learners: joins ? [serverId(id)] : [],
    uris: Object.fromEntries(byId),
  }
}
