/** `rollcall node ID`: one member in this process. */
import { existsSync } from 'node:fs'
import { DEFAULT_MEMBERS } from '../lib/defaults.js'
import type { FlagName } from '../lib/command-line/flags.js'
import { UsageError } from '../lib/command-line/report.js'
import { identifier } from '../lib/command-line/values.js'
import { defineCommand } from '../lib/system/command-module.js'
import { keepHeapSmall } from '../lib/system/heap.js'
import { createLogger } from '../lib/system/logger.js'
import { runService } from '../lib/system/service.js'
import { withFlags } from '../lib/system/settings.js'
import { loadObjects } from './load-objects.js'
import { startNode } from './start-node.js'

const FLAGS = [
  'host',
  'port',
  'nameserver',
  'data',
  'members',
  'join',
  'election-timeout',
  'heartbeat',
  'read-lease',
  'log-level',
  'log-format',
  'objects',
  'log-keep',
  'method-limit',
  'cluster',
  'priority',
] as const satisfies readonly FlagName[]

export const nodeCommand = defineCommand({
  command: 'node <id>',
  describe: 'one member of the cluster',
  builder: (yargs) =>
    withFlags(yargs, FLAGS)
      .positional('id', {
        type: 'string',
        demandOption: true,
        describe: 'node1 … node4, or one that --members names',
      })
      .example('$0 node node1', 'the first of the four hard-coded members')
      .example(
        '$0 node a --members a@localhost:7001,b@localhost:7002,c@localhost:7003',
        'a member of a cluster of three',
      ),
  handler: async (values) => {
    keepHeapSmall()
    const id = identifier('the member id', values.id)
    const members = values.members ?? DEFAULT_MEMBERS
    const data = values.data ?? `.rollcall/${id}`
    requireKnownMember(id, members, data, values.join)
    await runService(async () =>
      startNode({
        id,
        members,
        ...(values.join !== undefined && { join: values.join }),
        data,
        objects: await loadObjects(values.objects ?? []),
        ...(values['log-keep'] !== undefined && { logKeep: values['log-keep'] }),
        cluster: values.cluster,
        nameserver: values.nameserver,
        ...(values.host !== undefined && { host: values.host }),
        ...(values.port !== undefined && { port: values.port }),
        electionTimeout: values['election-timeout'],
        heartbeat: values.heartbeat,
        methodLimit: values['method-limit'],
        priority: values.priority,
        readLease: values['read-lease'] === 'on',
        logger: createLogger({
          level: values['log-level'],
          format: values['log-format'],
          name: id,
          stream: process.stderr,
        }),
      }),
    )
  },
})

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
