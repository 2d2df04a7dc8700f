/** mDNS on this machine: by the native package `mdns` where it is installed and works, else by `bonjour-service`. */
import { createHash, createHmac } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { LocalNetwork, NoticeBoard, NoticeHearers } from '../discovery/local-network.js'

export const localNetwork: LocalNetwork = {
  open,
  get loopback() {
    return (loopback ??= loopbackOfThisMachine())
  },
  networks: () =>
    interfaces().flatMap(({ internal, cidr }) =>
      internal || cidr === null || isLinkLocal(cidr) ? [] : [cidr],
    ),
  isIn,
  seal: (token, text) => createHmac('sha256', token).update(text).digest('hex'),
}

/** What implements it is loaded when somebody asks for it. */
async function open(hearers: NoticeHearers, warn: (sentence: string) => void): Promise<NoticeBoard> {
  const { openNativeBoard } = await import('./native-notices.js')
  const native = await openNativeBoard(hearers, warn)
  if (native !== undefined) return native
  const { BonjourBoard } = await import('./bonjour-notices.js')
  return BonjourBoard.open(hearers, warn)
}

function interfaces() {
  return Object.values(networkInterfaces()).flatMap((each) => each ?? [])
}

/** An address of which nothing is known without the interface, whose name differs from machine to machine. */
function isLinkLocal(cidr: string): boolean {
  return cidr.startsWith('fe80:') || cidr.startsWith('169.254.')
}

function isIn(address: string, network: string): boolean {
  const [base = '', length = ''] = network.split('/')
  const family = isIP(base)
  if (
    family === 0 ||
    family !== isIP(address) ||
    !/^\d{1,3}$/.test(length) ||
    Number(length) > (family === 4 ? 32 : 128)
  )
    return false
  const list = new BlockList()
  list.addSubnet(base, Number(length), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

let loopback: string | undefined

/**
 * Containers have networks of their own on one machine, and share its start; machines that were copied share their ids.
 */
function loopbackOfThisMachine(): string {
  const boot = found(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  const network = found(() => readlinkSync('/proc/self/ns/net'))
  const cards = interfaces().flatMap(({ mac, internal }) => (internal ? [] : [mac]))
  const parts = boot === undefined || network === undefined ? [hostname(), ...cards.sort()] : [boot, network]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

function found(read: () => string): string | undefined {
  try {
    return read().trim()
  } catch {
    return undefined
  }
}
