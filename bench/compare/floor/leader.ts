/** Hands on what comes, as it came, and answers what a majority has made durable. */
import type { Socket } from 'node:net'
import { dial, serveSockets } from '../../calls/lines.js'
import { GroupLog } from './group-log.js'
import { textsOf, wholeLines } from './lines.js'
import type { Mode, Taken } from './modes.js'

interface Batch extends Taken {
  readonly socket: Socket
  /** Of all commands, up to the last of these. */
  readonly upTo: number
}

export async function serveLeader(mode: Mode, file: string, ports: readonly number[]): Promise<number> {
  const followers = await Promise.all(ports.map(dial))
  const durable = [0, ...ports.map(() => 0)]
  const majority = Math.floor(durable.length / 2) + 1
  const waiting: Batch[] = []
  let count = 0

  const answer = (): void => {
    const committed = [...durable].sort((a, b) => b - a)[majority - 1] ?? 0
    const later = waiting.findIndex(({ upTo }) => upTo > committed)
    const over = waiting.splice(0, later < 0 ? waiting.length : later)
    const texts = new Map<Socket, string>()
    for (const { socket, answers } of over) texts.set(socket, (texts.get(socket) ?? '') + answers())
    for (const [socket, text] of texts) socket.write(text, 'latin1')
  }
  const isDurable = (member: number, upTo: number): void => {
    durable[member] = upTo
    answer()
  }

  const log = new GroupLog(file, (upTo) => isDurable(0, upTo))
  followers.forEach((socket, at) => {
    socket.on(
      'data',
      wholeLines((lines) => isDurable(at + 1, Number(textsOf(lines).at(-1)))),
    )
  })
  return serveSockets((socket) => {
    const take = wholeLines((lines) => {
      const taken = mode.taken(lines)
      count += taken.count
      waiting.push({ ...taken, socket, upTo: count })
      for (const follower of followers) follower.write(lines)
      log.append(lines, count)
    })
    socket.setNoDelay(true).on('data', take)
  })
}
