/** What this very machine has for the member in a data folder. */
import { getHeapStatistics } from 'node:v8'
import type { HostPorts } from '../hosting/ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import { systemClock } from './clock.js'
import { localNetwork } from './local-network.js'
import { openDataFolder } from './disk.js'
import type { Exposure } from './exposure.js'
import { watchEventLoopDelay } from './event-loop-delay.js'
import { lockFolder } from './lock.js'
import { processMetrics } from './process-metrics.js'
import { systemRandom } from './random.js'
import type { Security } from './security.js'
import { systemSecrets } from './secrets.js'
import { createTransport, type TransportOptions } from './transport.js'
import { ThreadWatchdog } from './watchdog.js'

export interface HostPortsOptions {
  /** Told each message. Default: nobody wants to know. */
  readonly log?: WireLog | undefined
  /** Of all that comes and goes by TCP. Default: none. */
  readonly security?: Security | undefined
  /** How what listens is protected. Default: it is nobody's business. */
  readonly exposure?: Exposure | undefined
  /** As in TransportOptions. */
  readonly keepAliveMs?: TransportOptions['keepAliveMs']
}

export function hostPorts(dataFolder: string, options: HostPortsOptions = {}): HostPorts {
  return {
    transport: createTransport(options),
    clock: systemClock,
    random: systemRandom,
    localNetwork,
    secrets: systemSecrets,
    claimFolder: async () => {
      const disk = await openDataFolder(dataFolder)
      const lock = await lockFolder(dataFolder)
      return { disk, release: () => lock.release() }
    },
    startWatchdog: (limit, logger) => new ThreadWatchdog(limit, dataFolder, logger),
    watchDelay: watchEventLoopDelay,
    processMetrics: () => processMetrics(options.security),
    heapBytesMax: getHeapStatistics().heap_size_limit,
  }
}
