/** Names and addresses under which a machine reaches itself, and nobody else reaches it. */
import type { Address } from '../ports.js'

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.[\d.]+$/.test(host)
}

/** Sockets of the file system are of one machine, too. */
export function isOnThisMachine(address: Address): boolean {
  return address.kind === 'unix' || isLoopback(address.host)
}

/** All interfaces of a machine: a place to listen on, and none to be reached at. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
