/** `rollcall node ID`: one member in this process. */
import { existsSync } from 'node:fs'
import { demandKnown } from '../lib/command-line/known-member.js'
import { demandFitRhythm } from '../lib/command-line/rhythm.js'
import { identifier } from '../lib/command-line/values.js'
import { DEFAULT_MEMBERS } from '../lib/defaults.js'
import { accessOfFlags } from '../lib/system/access-files.js'
import { chooseLogger, wireLog } from '../lib/system/choose-logger.js'
import { keepHeapSmall } from '../lib/system/heap.js'
import { mdnsOf } from '../lib/system/mdns-flags.js'
import { tlsOf } from '../lib/system/tls-flags.js'
import { runService } from '../lib/system/service.js'
import { settingsOf, type NodeFlags } from './flags.js'
import { loadObjects } from './load-objects.js'
import { startNode } from './start-node.js'

/** Resolves when it has ended tidily. @throws UsageError for an id that nothing names */
export async function runNode(given: string, values: NodeFlags): Promise<void> {
  keepHeapSmall()
  const id = identifier('the member id', given)
  const members = values.members ?? DEFAULT_MEMBERS
  const data = values.data ?? `.rollcall/${id}`
  const { join } = values
  demandFitRhythm(values)
  demandKnown({ id, what: 'member', members, join, data, isThere: existsSync(data) })
  await runService(async () => {
    const logger = await chooseLogger(values, id)
    return startNode({
      id,
      members: values.members,
      join,
      data,
      objects: await loadObjects(values.objects ?? []),
      logKeep: values['log-keep'],
      cluster: values.cluster,
      nameserver: values.nameserver,
      mdns: mdnsOf(values),
      tls: tlsOf(values, 'who listens'),
      insecure: values.insecure,
      host: values.host,
      advertise: values.advertise,
      port: values.port,
      allowHosts: values['allow-host'],
      allowOrigins: values['allow-origin'],
      keepAliveMs: values['keep-alive'],
      listenUnix: values['listen-unix'],
      ...accessOfFlags(values, logger),
      ...settingsOf(values),
      logWire: wireLog(values, logger),
      logger,
    })
  })
}
