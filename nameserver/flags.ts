/** The flags of `rollcall nameserver`. */
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'

export const NAMESERVER_FLAGS = [
  'host',
  'advertise',
  'port',
  'listen-unix',
  'token-file',
  'access-file',
  'allow-host',
  'allow-origin',
  'keep-alive',
  'tls-ca',
  'tls-crl',
  'tls-cert',
  'tls-key',
  'tls-client-cert',
  'insecure',
  'mdns',
  'mdns-token-file',
  'data',
  'members',
  'join',
  'election-timeout',
  'heartbeat',
  'log-level',
  'log-format',
  'log-file',
  'log-wire',
] as const satisfies readonly FlagName[]

export type NameServerFlags = FlagValues<(typeof NAMESERVER_FLAGS)[number]>
