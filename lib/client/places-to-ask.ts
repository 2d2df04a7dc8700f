/** Whom a client asks first. */
import { DEFAULT_MEMBERS, NAMESERVER_PORT } from '../defaults.js'
import { parseHostPort, uri } from '../rpc/uri.js'
import type { Discovery } from '../discovery/discovery.js'
import type { DirectoryOptions } from './directory.js'

export interface GivenPlaces {
  readonly nameserver?: string | readonly string[] | undefined
  readonly members?: readonly string[] | undefined
}

/**
 * The defaults are for those who have given nothing: whoever has said where the cluster is must not meet another one
 * that happens to run on this machine. @throws InvalidParamsError
 */
export function placesToAsk(
  given: GivenPlaces,
  discovery?: Discovery,
): Required<Pick<DirectoryOptions, 'nameservers' | 'seeds' | 'areGiven' | 'discovery'>> {
  const isGiven = given.nameserver !== undefined || given.members !== undefined || discovery !== undefined
  const { nameserver = isGiven ? [] : `localhost:${NAMESERVER_PORT}` } = given
  const { members = isGiven ? [] : DEFAULT_MEMBERS } = given
  const nameservers = [nameserver].flat().map((place) => parseHostPort(place, NAMESERVER_PORT))
  return { nameservers, seeds: members.map(uri), areGiven: isGiven, discovery }
}
