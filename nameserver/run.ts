/** `rollcall nameserver`: the name server, or one of several, in this process. */
import { existsSync } from 'node:fs'
import { demandKnown } from '../lib/command-line/known-member.js'
import { UsageError } from '../lib/command-line/report.js'
import { demandFitRhythm } from '../lib/command-line/rhythm.js'
import { identifier } from '../lib/command-line/values.js'
import { NAMESERVER_OBJECT } from '../lib/defaults.js'
import { accessOfFlags } from '../lib/system/access-files.js'
import { chooseLogger, wireLog } from '../lib/system/choose-logger.js'
import { mdnsOf } from '../lib/system/mdns-flags.js'
import { runService } from '../lib/system/service.js'
import { tlsOf } from '../lib/system/tls-flags.js'
import type { NameServerFlags } from './flags.js'
import { startNameServer, type NameServerOptions } from './server.js'

/** Resolves when it has ended tidily. @throws UsageError for an id that nothing names */
export async function runNameServer(given: string | undefined, flags: NameServerFlags): Promise<void> {
  const { host, advertise, port, data } = flags
  const group = given === undefined ? alone() : oneOf(identifier('the id of the name server', given), flags)
  demandFitRhythm(flags)
  await runService(async () => {
    const logger = await chooseLogger(flags, given ?? 'nameserver')
    const server = await startNameServer({
      ...group,
      host,
      advertise,
      port,
      electionTimeout: flags['election-timeout'],
      heartbeat: flags.heartbeat,
      allowHosts: flags['allow-host'],
      allowOrigins: flags['allow-origin'],
      keepAliveMs: flags['keep-alive'],
      listenUnix: flags['listen-unix'],
      ...accessOfFlags(flags, logger),
      mdns: mdnsOf(flags),
      tls: tlsOf(flags, 'who listens'),
      insecure: flags.insecure,
      data,
      logWire: wireLog(flags, logger),
      logger,
    })
    return { failed: server.failed, stop: () => server.close() }
  })
}

type Group = Pick<NameServerOptions, 'id' | 'members' | 'join'>

/** Variables and a configuration file may name the members of a cluster; on its own command line it would be a mistake. */
function alone(): Group {
  const typed = process.argv.find((word) => /^--(members|join)(=|$)/.test(word))
  if (typed === undefined) return {}
  throw new UsageError('of several name servers each has an id: rollcall nameserver ID --members …')
}

function oneOf(id: string, { members, join, data = `.rollcall/${id}` }: NameServerFlags): Group {
  const what = 'name server'
  if (id === NAMESERVER_OBJECT)
    throw new UsageError(`a name server can't be called ${id}, as what all of them serve is`)
  demandKnown({ id, what, members: members ?? [], join, data, isThere: existsSync(data) })
  return { id, members, join }
}
