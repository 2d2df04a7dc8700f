/** The flags of every command that talks to a cluster. */
import { MDNS_FLAGS, TLS_FLAGS } from './flag-groups.js'
import type { FlagName, FlagValues } from './flags.js'

export const CLIENT_FLAGS = [
  'nameserver',
  'members',
  'cluster',
  ...MDNS_FLAGS,
  'token-file',
  ...TLS_FLAGS,
  'log-wire',
] as const satisfies readonly FlagName[]

export type ClientFlags = FlagValues<(typeof CLIENT_FLAGS)[number]>

/** Of those that an operator needs: the tokens of members stand in their data folders. */
export const OPERATOR_FLAGS = [...CLIENT_FLAGS, 'data'] as const satisfies readonly FlagName[]

export type OperatorFlags = ClientFlags & Partial<FlagValues<'data'>>
