/** What a member asks of whoever speaks to it, by what its folder and its operator say. */
import { Callers } from '../access/callers.js'
import { RolesGate } from '../access/gate.js'
import { Judge, type JudgedCallers } from '../access/judge.js'
import { accessOf, tokensOf } from '../access/sources.js'
import type { Disk, Logger } from '../ports.js'
import { Proof } from '../replica/members/proof.js'
import type { MemberDoor } from '../replica/members/proof.js'
import type { Gate } from '../rpc/gate.js'
import { makeOperatorToken, readOperatorToken } from '../storage/operator-token.js'
import type { HostPorts } from './ports.js'

export interface MemberAccess {
  /** Undefined: nobody is asked anything. */
  readonly gate?: Gate
  /** The same. */
  readonly callers?: Callers
  /** Undefined: whoever says that he is a member is believed, if the cluster knows him. */
  readonly door?: MemberDoor | undefined
}

/**
 * Rejects with a DamagedStorageError when the folder's token is none, and with an InvalidParamsError for tokens and
 * tables that are none.
 */
export async function memberAccess(
  { secrets, random, clock }: Pick<HostPorts, 'secrets' | 'random' | 'clock'>,
  disk: Disk,
  options: JudgedCallers,
  logger: Logger,
): Promise<MemberAccess> {
  const [tokens, access] = [tokensOf(options), accessOf(options)]
  if (secrets === undefined) return {}
  const operatorToken = (await readOperatorToken(disk)) ?? (await madeToken(disk, random, logger))
  const { authenticate } = options
  const judge = authenticate && new Judge({ authenticate, clock, logger })
  const callers = new Callers({ secrets, operatorToken, tokens, access, judge })
  const gate = new RolesGate({ callers, logger, clock })
  if (callers.isOpen) return { gate, callers }
  const proof = tokens && new Proof({ secrets, random, tokens })
  const isMember: MemberDoor['isMember'] = (connection) => callers.isMember(connection)
  return { gate, callers, door: { proof, isMember, asOf: () => callers.asOf } }
}

/** A disk that is full is no reason not to serve; without the token nobody can change the members, though. */
async function madeToken(
  disk: Disk,
  random: HostPorts['random'],
  logger: Logger,
): Promise<string | undefined> {
  try {
    return await makeOperatorToken(disk, random)
  } catch (error) {
    logger.warn(
      `operators can do nothing until the next start, as their token can't be written: ${String(error)}`,
    )
    return undefined
  }
}
