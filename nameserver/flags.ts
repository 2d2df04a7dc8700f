/** The flags of `rollcall nameserver`. */
import { NAME_SERVER_FLAGS } from '../lib/command-line/name-server-flags.js'
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'

export const NAMESERVER_FLAGS = [
  'host',
  'advertise',
  'port',
  'listen-unix',
  'data',
  'members',
  'join',
  'log-file',
  ...NAME_SERVER_FLAGS,
] as const satisfies readonly FlagName[]

export type NameServerFlags = FlagValues<(typeof NAMESERVER_FLAGS)[number]>
