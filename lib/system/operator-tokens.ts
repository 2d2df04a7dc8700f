/**
 * Operators' tokens as this user may read them: each stands in the data folder of its member. Whoever can read the
 * folder's files operates that member, and no other.
 */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { NAMESERVER_MEMBER, NAMESERVER_OBJECT } from '../defaults.js'
import { isObject } from '../json.js'
import type { Address } from '../ports.js'
import { isOnThisMachine } from '../rpc/loopback.js'
import { parseUri, type Uri } from '../rpc/uri.js'
import { memberFileName } from '../storage/member-file.js'
import { operatorTokenFileName } from '../storage/operator-token.js'

/** Undefined: there is none, and what the caller shows anyway will do. */
export type FindToken = (member: Uri) => string | undefined

/** Of a caller who shows a token that he was given: that goes first, and another one is found for who refuses it. */
export function afterOwn(find: FindToken): (member: Uri, wasRefused: boolean) => string | undefined {
  const refusing = new Set<Uri>()
  return (member, wasRefused) => {
    if (wasRefused) refusing.add(member)
    return refusing.has(member) ? find(member) : undefined
  }
}

/**
 * Finds the token of the member of that URI. `data`: the folder of that member, or one in which it stands under the
 * member's id, as beside it. Default: `.rollcall` below the working folder, for members of this machine: what stands
 * there may be another member's of the same id, whose token is nobody else's business.
 */
export function operatorTokens(data: string | undefined): FindToken {
  return (member) => {
    const { objectId: id, address } = parseUri(member)
    const names = id === NAMESERVER_MEMBER ? [id, NAMESERVER_OBJECT] : [id]
    const beside = (folder: string): readonly string[] => names.map((name) => join(folder, name))
    const given =
      data === undefined ? [] : [...ownFolder(data, id), ...beside(data), ...beside(dirname(data))]
    const usual = isOwn(address) ? beside('.rollcall') : []
    for (const folder of [...given, ...usual]) {
      const token = textIn(join(folder, operatorTokenFileName))?.trim()
      if (token !== undefined && token !== '') return token
    }
    return undefined
  }
}

function ownFolder(folder: string, id: string): readonly string[] {
  try {
    const member: unknown = JSON.parse(textIn(join(folder, memberFileName)) ?? 'null')
    return isObject(member) && member['id'] === id ? [folder] : []
  } catch {
    return []
  }
}

function isOwn(address: Address): boolean {
  if (isOnThisMachine(address) || address.kind === 'unix') return true
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return own.some((each) => each.address === address.host)
}

/** Undefined: it is not there, or not for this user. */
function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
