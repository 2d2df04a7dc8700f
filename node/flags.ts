/** The flags of `rollcall node`. */
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'

export const NODE_FLAGS = [
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

export type NodeFlags = FlagValues<(typeof NODE_FLAGS)[number]>
