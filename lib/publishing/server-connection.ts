/** The way to a name server: whoever is there has to be of its group before anything is asked. */
import type { Address, Clock, Logger, Random, Transport } from '../ports.js'
import { Connection } from '../rpc/channels/connection.js'
import type { OwnTokenSource } from '../rpc/channels/own-token.js'
import type { NameServerGroup } from './name-server-group.js'

export interface ServerConnectionOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly ownToken?: OwnTokenSource | undefined
}

export function serverConnection(
  group: Pick<NameServerGroup, 'greet'>,
  address: Address,
  { transport, clock, random, logger, ownToken }: ServerConnectionOptions,
): Connection {
  return new Connection({
    address,
    transport,
    clock,
    random,
    logger,
    ownToken,
    hello: (call) => group.greet(call, address),
    isChosen: true,
  })
}
