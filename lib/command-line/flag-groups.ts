/** Flags that belong together, in the order in which `--help` shows them. */
import type { FlagName } from './flags.js'

export const TLS_FLAGS = ['tls-ca', 'tls-crl', 'tls-cert', 'tls-key'] as const satisfies readonly FlagName[]

/** Of those who listen. */
export const SERVED_TLS_FLAGS = [
  ...TLS_FLAGS,
  'tls-client-cert',
  'insecure',
] as const satisfies readonly FlagName[]

/** Who may call, by what way, and how long a way stays open. */
export const DOOR_FLAGS = [
  'token-file',
  'access-file',
  ...SERVED_TLS_FLAGS,
  'allow-host',
  'allow-origin',
  'keep-alive',
] as const satisfies readonly FlagName[]

/** Each names what keeps strangers out: whoever sets one relies on it. */
export const PROTECTING_FLAGS = [
  'token-file',
  'access-file',
  ...TLS_FLAGS,
  'tls-client-cert',
  'mdns-token-file',
] as const satisfies readonly FlagName[]

export const MDNS_FLAGS = ['mdns', 'mdns-allow', 'mdns-token-file'] as const satisfies readonly FlagName[]

export const LOG_FLAGS = ['log-level', 'log-format', 'log-wire'] as const satisfies readonly FlagName[]
