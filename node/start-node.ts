/** A member of a cluster in this process, on this machine's own disk, network and clock. */
import { demandMembersKnown } from '../lib/access/judge.js'
import { MDNS } from '../lib/discovery/trust.js'
import { asGiven } from '../lib/hosting/as-given.js'
import { STARTED_RULES, type ProcessOptions } from '../lib/hosting/started-options.js'
import { memberSettings, unfitRhythm } from '../lib/member-settings.js'
import { InvalidParamsError } from '../lib/rpc/errors.js'
import {
  ANYTHING,
  checkOptions,
  checkValue,
  NAME,
  OBJECT,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
  type Rule,
  type Rules,
} from '../lib/rpc/options.js'
import { startedProcess } from '../lib/system/started-process.js'
import { hostNode, type HostedNodeOptions, type Node } from './host-node.js'

/** What a member is called, where it is and what it serves. */
export interface NodeOptions extends Omit<HostedNodeOptions, 'logger'>, ProcessOptions {
  /** The folder for its log and snapshots. Default `.rollcall/ID` below the working folder. */
  readonly data?: string | undefined
}

/** A class, or a function that makes one object. */
const CLASS: Rule = {
  holds: (value) => typeof value === 'function',
  wanted: 'a class',
  hint: () => 'each member makes an instance of its own',
}

const RULES: Rules<NodeOptions> = {
  ...STARTED_RULES,
  id: NAME,
  objects: OBJECT,
  logKeep: {
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    wanted: 'a whole number from 1 up',
  },
  members: TEXTS,
  join: TEXTS,
  cluster: NAME,
  nameserver: TEXT_OR_TEXTS,
  mdns: MDNS,
  data: TEXT,
  // Each has its range in lib/member-settings.ts.
  electionTimeout: ANYTHING,
  heartbeat: ANYTHING,
  priority: ANYTHING,
  readLease: ANYTHING,
  methodLimit: ANYTHING,
  stateBytes: ANYTHING,
}

/**
 * Starts a member, and resolves once it listens; it may not know a leader yet.
 * Rejects when an option is unknown or invalid, the id is not among the members, the port is taken, or the data folder
 * is in use, damaged or another member's.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  checkNodeOptions(options)
  const { id, data = `.rollcall/${id}` } = options
  const given = asGiven(options)
  const { ports, logger } = await startedProcess(given, { id, data, port: 0 })
  return hostNode(ports, { ...given, logger })
}

/** @throws InvalidParamsError */
function checkNodeOptions(options: NodeOptions): void {
  checkOptions('startNode', options, RULES)
  checkValue('startNode: id', options.id, NAME)
  for (const [name, source] of Object.entries(options.objects ?? {}))
    checkValue(`startNode: objects.${name}`, source, CLASS)
  demandMembersKnown('startNode', options)
  const unfit = unfitRhythm(memberSettings(options))
  if (unfit !== undefined) throw new InvalidParamsError(`startNode: ${unfit}`)
}
