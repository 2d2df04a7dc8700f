/** Where a daemon listens, and under which address it is known. */
import { DEFAULT_HOST } from '../defaults.js'
import type { Address, Logger } from '../ports.js'
import { advertised } from '../rpc/channels/advertised.js'
import type { Daemon as Server } from '../rpc/channels/daemon.js'
import { listen } from '../rpc/channels/listen.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { isEverywhere } from '../rpc/loopback.js'
import { formatAddress } from '../rpc/uri.js'
import type { DaemonOptions } from './daemon.js'

/** Listens there. Rejects when the address can't be had. @throws InvalidParamsError for options that go not together */
export async function placeOf(server: Server, options: DaemonOptions, logger: Logger): Promise<Address> {
  const { host, port = 0, path, advertise } = options
  if (path !== undefined) {
    if (host === undefined && options.port === undefined && advertise === undefined)
      return server.listen({ kind: 'unix', path })
    throw new InvalidParamsError('a daemon listens at a path, or at a host and a port: give one of them')
  }
  const published = advertised(advertise)
  const address = await listen(server, host, port, logger)
  const reachable = host === undefined || isEverywhere(host) ? DEFAULT_HOST : host
  const place: Address = {
    kind: 'tcp',
    host: published?.host ?? reachable,
    port: published?.port ?? address.port,
  }
  if (host !== undefined && isEverywhere(host) && published === undefined)
    logger.warn(
      `listens on all interfaces (${host}), and is known as ${formatAddress(place)}, where no other machine reaches it: say with advertise under which name they do`,
    )
  return place
}
