/** The name server in this process, on this machine's own disk, network and clock. */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../lib/defaults.js'
import { demandMembersKnown } from '../lib/access/judge.js'
import { MDNS } from '../lib/discovery/trust.js'
import { asGiven } from '../lib/hosting/as-given.js'
import { STARTED_RULES, type ProcessOptions } from '../lib/hosting/started-options.js'
import { memberSettings, unfitRhythm } from '../lib/member-settings.js'
import { ANYTHING, checkOptions, checkValue, NAME, TEXT, TEXTS, type Rules } from '../lib/rpc/options.js'
import { InvalidParamsError } from '../lib/rpc/errors.js'
import { startedProcess } from '../lib/system/started-process.js'
import type { HostedNameServerOptions, NameServer } from './host-name-server.js'

/** Where a name server listens, and where it keeps its records. */
export interface NameServerOptions extends Omit<HostedNameServerOptions, 'logger'>, ProcessOptions {
  /** The folder for its records. Default `.rollcall/nameserver`, or `.rollcall/ID`, below the working folder. */
  readonly data?: string | undefined
}

const RULES: Rules<NameServerOptions> = {
  ...STARTED_RULES,
  id: NAME,
  members: TEXTS,
  join: TEXTS,
  mdns: MDNS,
  data: TEXT,
  // Each has its range in lib/member-settings.ts.
  electionTimeout: ANYTHING,
  heartbeat: ANYTHING,
}

/**
 * Starts a name server, and resolves once it listens.
 * Rejects when an option is unknown or invalid, the port is taken, or the data folder is in use, damaged or not
 * writable.
 */
export async function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  checkNameServerOptions(options)
  const { id = NAMESERVER_OBJECT, data = `.rollcall/${id}` } = options
  const given = asGiven(options)
  const { ports, logger } = await startedProcess(given, { id, data, port: NAMESERVER_PORT })
  // Who imports the package to call does not pay for what a name server needs.
  const { hostNameServer } = await import('./host-name-server.js')
  return hostNameServer(ports, { ...given, logger })
}

/** @throws InvalidParamsError */
function checkNameServerOptions(options: NameServerOptions): void {
  checkOptions('startNameServer', options, RULES)
  demandMembersKnown('startNameServer', options)
  const { id, members, join } = options
  if (id === undefined && (members ?? join) !== undefined)
    throw new InvalidParamsError('startNameServer: of several name servers each needs its id')
  if (id !== undefined) checkValue('startNameServer: id', id, NAME)
  const unfit = unfitRhythm(memberSettings(options))
  if (unfit !== undefined) throw new InvalidParamsError(`startNameServer: ${unfit}`)
}
