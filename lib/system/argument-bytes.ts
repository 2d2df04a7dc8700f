/** The command line's bytes, of which Node.js hands over the text alone. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { UsageError } from '../command-line/report.js'

/** What Node.js makes of bytes that are no UTF-8; it may also have been typed. */
const REPLACEMENT = '\ufffd'

/** `commandLine`: of this process. @throws UsageError for arguments that would be stored with other characters in them */
export function demandUtf8(
  typed: readonly string[],
  commandLine: () => Uint8Array | undefined = ownCommandLine,
): void {
  if (!typed.some((each) => each.includes(REPLACEMENT))) return
  const bytes = commandLine()
  if (bytes !== undefined && !isUtf8(bytes))
    throw new UsageError('the command line is not UTF-8: nothing was done')
}

/** Undefined: only Linux tells. */
function ownCommandLine(): Uint8Array | undefined {
  try {
    return readFileSync('/proc/self/cmdline')
  } catch {
    return undefined
  }
}
