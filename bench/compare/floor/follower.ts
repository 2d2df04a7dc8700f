/** Applies and stores what comes, and says how many commands are durable here. */
import type { Socket } from 'node:net'
import { serveSockets } from '../../calls/lines.js'
import { GroupLog } from './group-log.js'
import { wholeLines } from './lines.js'
import type { Mode } from './modes.js'

export function serveFollower(mode: Mode, file: string): Promise<number> {
  let leader: Socket | undefined
  let count = 0
  const log = new GroupLog(file, (durable) => leader?.write(`${durable}\n`))
  const hear = wholeLines((lines) => {
    count += mode.applied(lines)
    log.append(lines, count)
  })
  return serveSockets((socket) => {
    leader = socket.setNoDelay(true).on('data', hear)
  })
}
