/** The gate of a member: what it asks of callers, by what its folder and its operator say. */
import { Callers } from '../access/callers.js'
import { RolesGate } from '../access/gate.js'
import type { Disk, Logger } from '../ports.js'
import type { Gate } from '../rpc/gate.js'
import { makeOperatorToken, readOperatorToken } from '../storage/operator-token.js'
import type { HostPorts } from './ports.js'

/** Undefined: nobody is asked anything. Rejects with a DamagedStorageError when the folder's token is none. */
export async function memberGate(
  { secrets, random }: Pick<HostPorts, 'secrets' | 'random'>,
  disk: Disk,
  logger: Logger,
): Promise<Gate | undefined> {
  if (secrets === undefined) return undefined
  const operatorToken = (await readOperatorToken(disk)) ?? (await madeToken(disk, random, logger))
  return new RolesGate({ callers: new Callers({ secrets, operatorToken }), logger })
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
