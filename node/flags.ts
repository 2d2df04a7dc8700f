/** The flags of `rollcall node`. */
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'
import { MEMBER_FLAGS } from '../lib/command-line/member-flags.js'
import type { GivenSettings } from '../lib/member-settings.js'

export const NODE_FLAGS = [
  'host',
  'advertise',
  'port',
  'listen-unix',
  'data',
  'members',
  'join',
  'log-file',
  ...MEMBER_FLAGS,
] as const satisfies readonly FlagName[]

export type NodeFlags = FlagValues<(typeof NODE_FLAGS)[number]>

/** Each setting's flag: a setting without one does not compile. */
export function settingsOf(flags: NodeFlags): Required<GivenSettings> {
  return {
    electionTimeout: flags['election-timeout'],
    heartbeat: flags.heartbeat,
    priority: flags.priority,
    readLease: flags['read-lease'] === 'on',
    methodLimit: flags['method-limit'],
    stateBytes: flags['state-bytes'],
  }
}
