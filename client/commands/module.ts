/** What the client's command modules have in common. */
import type { FlagValues } from '../../lib/command-line/flags.js'
import { connect, type Rollcall } from '../connect.js'

/** The flags of every command that talks to a cluster. */
export const CLIENT_FLAGS = ['nameserver', 'members', 'cluster'] as const

export type ClientFlags = FlagValues<(typeof CLIENT_FLAGS)[number]>

/** Connects, works, and closes the connections in any case. */
export async function withCluster<T>(
  flags: ClientFlags,
  work: (rollcall: Rollcall) => Promise<T>,
): Promise<T> {
  const { nameserver, members, cluster } = flags
  const rollcall = await connect({ nameserver, members, cluster })
  try {
    return await work(rollcall)
  } finally {
    rollcall.close()
  }
}

/** A result on stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
