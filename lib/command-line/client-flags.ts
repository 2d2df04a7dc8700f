/** The flags of every command that talks to a cluster. */
import type { FlagName, FlagValues } from './flags.js'

export const CLIENT_FLAGS = [
  'nameserver',
  'members',
  'cluster',
  'mdns',
  'mdns-allow',
  'mdns-token-file',
  'tls-ca',
  'tls-cert',
  'tls-key',
  'log-wire',
] as const satisfies readonly FlagName[]

export type ClientFlags = FlagValues<(typeof CLIENT_FLAGS)[number]>
