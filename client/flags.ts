/** Which of the shared flags the client's commands take. */
import type { FlagName, FlagValues } from '../lib/command-line/flags.js'

/** Of every command that talks to a cluster. */
export const CLIENT_FLAGS = ['nameserver', 'members', 'cluster'] as const satisfies readonly FlagName[]

export const BALANCER_FLAGS = [
  'host',
  'port',
  ...CLIENT_FLAGS,
  'allow-object',
  'allow-origin',
  'log-level',
  'log-format',
] as const satisfies readonly FlagName[]

/** Those that `add` hands on to the node that it starts. */
export const ADD_FLAGS = [
  ...CLIENT_FLAGS,
  'host',
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

export type ClientFlags = FlagValues<(typeof CLIENT_FLAGS)[number]>
export type BalancerFlags = FlagValues<(typeof BALANCER_FLAGS)[number]>
export type AddFlags = FlagValues<(typeof ADD_FLAGS)[number]>
export type UpFlags = FlagValues<(typeof UP_FLAGS)[number]>
