/** Names and addresses under which a machine reaches itself, and nobody else reaches it. */
import type { Address } from '../ports.js'
import { formatAddress } from './uri-grammar.js'

export function isLoopback(host: string): boolean {
  return /^(?:(?:.*\.)?localhost|::1|127\.[\d.]+)$/i.test(host)
}

/** Sockets of the file system are of one machine, too. */
export function isOnThisMachine(address: Address): boolean {
  return address.kind === 'unix' || isLoopback(address.host)
}

/**
 * Whether both lead to the same door, as far as words tell: `localhost` is both of its addresses, and whoever is there
 * listens at both.
 */
export function isSamePlace(one: Address, other: Address): boolean {
  return placeText(one) === placeText(other)
}

const LOCALHOST = ['localhost', '127.0.0.1', '::1']

function placeText(address: Address): string {
  if (address.kind === 'unix') return formatAddress(address)
  const host = address.host.toLowerCase()
  return formatAddress({ ...address, host: LOCALHOST.includes(host) ? 'localhost' : host })
}

/** All interfaces of a machine: a place to listen on, and none to be reached at. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
