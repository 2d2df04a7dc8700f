/** The flags of the client's commands that start something. */
import { LOG_FLAGS, MDNS_FLAGS, SERVED_TLS_FLAGS } from '../lib/command-line/flag-groups.js'
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'
import { MEMBER_FLAGS } from '../lib/command-line/member-flags.js'

export const ADD_FLAGS = [
  ...MEMBER_FLAGS,
  'members',
  'host',
  'advertise',
  'port',
  'data',
] as const satisfies readonly FlagName[]

export const UP_FLAGS = [...MEMBER_FLAGS, 'members', 'data', 'nodes'] as const satisfies readonly FlagName[]

export const ECHO_FLAGS = [
  'nameserver',
  ...MDNS_FLAGS,
  'token-file',
  ...SERVED_TLS_FLAGS,
  'host',
  'advertise',
  'port',
  ...LOG_FLAGS,
] as const satisfies readonly FlagName[]

export type AddFlags = FlagValues<(typeof ADD_FLAGS)[number]>
export type UpFlags = FlagValues<(typeof UP_FLAGS)[number]>
export type EchoFlags = FlagValues<(typeof ECHO_FLAGS)[number]>
