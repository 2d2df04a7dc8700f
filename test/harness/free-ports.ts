/**
 * Ports for processes that may be away for a while and come back to the same place. They are given out of blocks, each
 * of which one process has until it ends: nobody else gets a port of it while the one that should listen there is down.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below what systems give to outgoing connections. */
const FIRST = 10_000
const END = 32_000
const BLOCK = 50
const BLOCKS = (END - FIRST) / BLOCK

/** Where this process looks first: those that are started one after another look in different places. */
let next = process.pid % BLOCKS
/** What is left of the block that was taken last. */
let left: number[] = []

/** Ports that nobody listens on, and that nobody was given before. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = left.shift()
    if (port === undefined) left = await takeBlock()
    else if (await isFree(port)) ports.push(port)
  }
  return ports
}

/** Whoever listens on a block's first port has the block. */
async function takeBlock(): Promise<number[]> {
  for (let tries = 0; tries < BLOCKS; tries++) {
    const first = FIRST + next * BLOCK
    next = (next + 1) % BLOCKS
    const guard = await listenOn(first)
    if (guard === undefined) continue
    guard.unref()
    return Array.from({ length: BLOCK - 1 }, (_, i) => first + 1 + i)
  }
  throw new Error(`all ports from ${FIRST} to ${END - 1} are taken by tests that run`)
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port)
  if (server !== undefined) await new Promise((closed) => server.close(closed))
  return server !== undefined
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}
