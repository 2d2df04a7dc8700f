/** `rollcall node ID`: one member in this process. */
import { existsSync } from 'node:fs'
import { UsageError } from '../lib/command-line/report.js'
import { identifier } from '../lib/command-line/values.js'
import { DEFAULT_MEMBERS } from '../lib/defaults.js'
import { chooseLogger, wireLog } from '../lib/system/choose-logger.js'
import { keepHeapSmall, keepPausesShort } from '../lib/system/heap.js'
import { mdnsOf } from '../lib/system/mdns-flags.js'
import { tlsOf } from '../lib/system/tls-flags.js'
import { runService } from '../lib/system/service.js'
import { settingsOf, type NodeFlags } from './flags.js'
import { loadObjects } from './load-objects.js'
import { startNode } from './start-node.js'

/** Resolves when it has ended tidily. @throws UsageError for an id that nothing names */
export async function runNode(given: string, values: NodeFlags): Promise<void> {
  keepHeapSmall()
  keepPausesShort()
  const id = identifier('the member id', given)
  const members = values.members ?? DEFAULT_MEMBERS
  const data = values.data ?? `.rollcall/${id}`
  requireKnownMember(id, members, data, values.join)
  await runService(async () => {
    const { 'log-format': format, 'log-level': level } = values
    const logger = await chooseLogger(format, { level, name: id, stream: process.stderr })
    return startNode({
      id,
      members: values.members,
      join: values.join,
      data,
      objects: await loadObjects(values.objects ?? []),
      logKeep: values['log-keep'],
      cluster: values.cluster,
      nameserver: values.nameserver,
      mdns: mdnsOf(values),
      tls: tlsOf(values, 'who listens'),
      host: values.host,
      advertise: values.advertise,
      port: values.port,
      allowHosts: values['allow-host'],
      allowOrigins: values['allow-origin'],
      ...settingsOf(values),
      logWire: wireLog(values, logger),
      logger,
    })
  })
}

/** A typing mistake must not found a cluster of its own: an id is in the list of members or has been here before. */
function requireKnownMember(
  id: string,
  members: readonly string[],
  data: string,
  join: readonly string[] | undefined,
): void {
  if (join !== undefined || members.some((uri) => uri.startsWith(`${id}@`)) || existsSync(data)) return
  throw new UsageError(
    `no member is called ${id}: it must be one of ${members.join(', ')}, or --members must name it, or ${data} must be the folder of a member that was added`,
  )
}
