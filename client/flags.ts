/** The flags of the client's commands that start members. */
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

export type AddFlags = FlagValues<(typeof ADD_FLAGS)[number]>
export type UpFlags = FlagValues<(typeof UP_FLAGS)[number]>
