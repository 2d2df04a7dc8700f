/** What the flags say of mDNS, as the option that it is. */
import { readFileSync } from 'node:fs'
import { UsageError } from '../command-line/report.js'
import type { FlagValues } from '../command-line/flags.js'
import type { MdnsOptions } from '../discovery/trust.js'

type MdnsFlags = Pick<FlagValues<'mdns' | 'mdns-token-file'>, 'mdns' | 'mdns-token-file'> &
  Partial<FlagValues<'mdns-allow'>>

/** Whoever says whom to believe wants to be believed. @throws UsageError for a file that can't be read */
export function mdnsOf(flags: MdnsFlags): false | MdnsOptions {
  const { 'mdns-allow': allow, 'mdns-token-file': file } = flags
  if (!flags.mdns && allow === undefined && file === undefined) return false
  return { allow, token: file === undefined ? undefined : tokenIn(file) }
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(
      `--mdns-token-file: ${file} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
