/** How many files and connections the system lets this process have open at a time. */
import { readFileSync } from 'node:fs'

/** Where the system does not say: what most of them allow at least. */
const CAREFUL = 1024
/** For storage, for connections that this process opens, and for what the runtime keeps open itself. */
const RESERVE = 256
/** However many the system allows: each connection costs memory, too. */
const CONNECTIONS_MAX = 16_384
const CONNECTIONS_MIN = 32

/** How many connections may come in, so that storage always finds a descriptor. */
export function connectionsMax(limit: number = descriptorsMax()): number {
  const reserve = Math.min(RESERVE, Math.floor(limit / 2))
  return Math.max(CONNECTIONS_MIN, Math.min(CONNECTIONS_MAX, limit - reserve))
}

/** As Linux tells it; the runtime has raised it to the most that it may have. */
function descriptorsMax(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    if (line?.[1] === undefined) return CAREFUL
    return line[1] === 'unlimited' ? Infinity : Number(line[1])
  } catch {
    return CAREFUL
  }
}
