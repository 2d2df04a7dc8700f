/** The file of `--log-file`. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { CommandError } from '../command-line/report.js'
import { onHangup } from './hangup.js'

/**
 * A stream to the end of the file, which is made where there is none (mode 0640). At SIGHUP it is opened anew, as
 * another file has its name then. What can't be written, to a full disk, is left out. A line is in the file when it has
 * been written, so that none is lost when the process ends.
 *
 * @throws CommandError when the file can't be opened at first
 */
export function logFile(path: string): NodeJS.WritableStream {
  let file = open(path)
  onHangup(() => {
    try {
      const before = file
      file = open(path)
      closeSync(before)
    } catch {
      // The one that is open goes on.
    }
  })
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, written) {
      try {
        writeSync(file, line)
      } catch {
        // As with a terminal that is gone.
      }
      written()
    },
  })
}

function open(path: string): number {
  try {
    return openSync(path, 'a', 0o640)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError('LOG_FILE', `--log-file can't be opened, and nothing was started: ${why}`)
  }
}
