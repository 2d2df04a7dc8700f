/** The flags of `rollcall balancer`. */
import { CLIENT_FLAGS } from '../lib/command-line/client-flags.js'
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'

export const BALANCER_FLAGS = [
  'host',
  'port',
  'listen-unix',
  ...CLIENT_FLAGS,
  'access-file',
  'tls-client-cert',
  'insecure',
  'allow-object',
  'allow-host',
  'allow-origin',
  'keep-alive',
  'log-level',
  'log-format',
  'log-file',
] as const satisfies readonly FlagName[]

export type BalancerFlags = FlagValues<(typeof BALANCER_FLAGS)[number]>
