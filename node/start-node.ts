/** A member of a cluster in this process, on this machine's own disk, network and clock. */
import type { Logger } from '../lib/ports.js'
import { hostPorts } from '../lib/system/host-ports.js'
import { createLogger } from '../lib/system/logger.js'
import { hostNode, type HostedNodeOptions, type Node } from './host-node.js'

export interface NodeOptions extends Omit<HostedNodeOptions, 'logger'> {
  /** Folder of the log. Default `.rollcall/ID` below the working folder. */
  readonly data?: string | undefined
  /** Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger | undefined
}

/**
 * Starts a member and resolves once it listens; it need not know a leader yet.
 * Rejects when the id is not among the members, the port is taken, or the data folder is in use, damaged or another's.
 */
export function startNode(options: NodeOptions): Promise<Node> {
  const { id, data = `.rollcall/${id}` } = options
  const logger =
    options.logger ?? createLogger({ level: 'info', format: 'text', name: id, stream: process.stderr })
  return hostNode(hostPorts(data), { ...options, logger })
}
