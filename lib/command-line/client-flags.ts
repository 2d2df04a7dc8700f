/** The flags of every command that talks to a cluster. */
import type { FlagName, FlagValues } from './flags.js'

export const CLIENT_FLAGS = ['nameserver', 'members', 'cluster'] as const satisfies readonly FlagName[]

export type ClientFlags = FlagValues<(typeof CLIENT_FLAGS)[number]>
