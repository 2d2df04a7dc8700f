/** Where a program of this project listens. */
import type { Address, Logger } from '../../ports.js'
import { isEverywhere } from '../loopback.js'
import type { Daemon } from './daemon.js'

type TcpAddress = Extract<Address, { kind: 'tcp' }>

type Pair = readonly [string, string]

/** `localhost` may mean either to those who call. */
const LOOPBACK: Pair = ['127.0.0.1', '::1']
/** Whoever says that all may call does not mean those of one family alone. */
const EVERYWHERE: Pair = ['0.0.0.0', '::']

/**
 * Both loopback addresses unless a host is given, or the one that this machine has; all interfaces for both families
 * likewise. Resolves with the first of them.
 */
export async function listen(
  daemon: Pick<Daemon, 'listen'>,
  host: string | undefined,
  port: number,
  logger: Logger,
): Promise<TcpAddress> {
  const [first, second] = pairOf(host)
  if (second === undefined) return listenAt(daemon, first, port)
  const listening = await listenIfThere(daemon, first, port)
  if ('missing' in listening) {
    logger.debug(`this machine has no ${first}: listening on ${second} only`)
    return listenAt(daemon, second, port)
  }
  const other = await listenIfThere(daemon, second, listening.port)
  if ('missing' in other) logger.debug(`this machine has no ${second}: listening on ${first} only`)
  return listening
}

/** A Unix socket beside the port, where a path is given: for processes of this machine. */
export async function listenBeside(
  daemon: Pick<Daemon, 'listen'>,
  path: string | undefined,
  logger: Logger,
): Promise<void> {
  if (path === undefined) return
  await daemon.listen({ kind: 'unix', path })
  logger.info(`listening at unix:${path}, too`)
}

function pairOf(host: string | undefined): Pair | readonly [string, undefined] {
  if (host === undefined) return LOOPBACK
  return isEverywhere(host) ? EVERYWHERE : [host, undefined]
}

async function listenAt(daemon: Pick<Daemon, 'listen'>, host: string, port: number): Promise<TcpAddress> {
  const address = await daemon.listen({ kind: 'tcp', host, port })
  if (address.kind !== 'tcp') throw new Error(`a TCP listener without a port: ${address.path}`)
  return address
}

async function listenIfThere(
  daemon: Pick<Daemon, 'listen'>,
  host: string,
  port: number,
): Promise<TcpAddress | { readonly missing: string }> {
  try {
    return await listenAt(daemon, host, port)
  } catch (error) {
    if (!isMissing(error)) throw error
    return { missing: host }
  }
}

/** The listener's error says what to do; the system's own stands behind it. */
function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL'
}
