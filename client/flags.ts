/** The flags of the client's commands that take more than {@link CLIENT_FLAGS}. */
import { CLIENT_FLAGS } from '../lib/command-line/client-flags.js'
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'

/** Those that `add` hands on to the node that it starts. */
export const ADD_FLAGS = [
  ...CLIENT_FLAGS,
  'host',
  'advertise',
  'port',
  'data',
  'objects',
  'log-keep',
  'election-timeout',
  'heartbeat',
  'log-level',
  'log-format',
] as const satisfies readonly FlagName[]

/** Those that `up` hands on to all that it starts. */
export const UP_FLAGS = [
  'nameserver',
  'members',
  'data',
  'cluster',
  'objects',
  'log-keep',
  'election-timeout',
  'heartbeat',
  'log-level',
  'log-format',
] as const satisfies readonly FlagName[]

export type AddFlags = FlagValues<(typeof ADD_FLAGS)[number]>
export type UpFlags = FlagValues<(typeof UP_FLAGS)[number]>
