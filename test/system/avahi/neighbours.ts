/**
 * Three implementations of mDNS on one network, each of which announces: `bonjour-service`, the native `mdns`, and
 * Avahi's own commands. Prints one line of JSON: what each has found of the others. Run where a network and an Avahi of
 * its own are.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { textsOf } from '../../../lib/discovery/announcement.js'
import { Discovery } from '../../../lib/discovery/discovery.js'
import type { LocalNetwork } from '../../../lib/discovery/local-network.js'
import { BonjourBoard } from '../../../lib/system/bonjour-notices.js'
import { systemClock } from '../../../lib/system/clock.js'
import { localNetwork } from '../../../lib/system/local-network.js'
import { RecordingLogger } from '../../harness/ports.js'

const TOKEN = 'the token of the neighbours'
const log = new RecordingLogger()

/** `who`: of eight characters. */
function open(who: string, network: LocalNetwork): Promise<Discovery> {
  const options = { mdns: { token: TOKEN }, clock: systemClock, logger: log, isLooking: true }
  return Discovery.open({ ...options, localNetwork: network, name: who })
}

function announce(discovery: Discovery, id: string): void {
  const place = { kind: 'tcp', host: '0.0.0.0', port: 9101 } as const
  discovery.announce({
    kind: 'member',
    cluster: 'rollcäll',
    id,
    place: { ...place, host: 'localhost' },
    host: '0.0.0.0',
  })
}

async function members(discovery: Discovery, count: number): Promise<readonly string[]> {
  const found = (): readonly string[] => [...discovery.membersOf('rollcäll')].sort()
  await new Promise<void>((resolve) => {
    const look = (): void => (found().length === count ? resolve() : undefined)
    discovery.onChange(look)
    look()
  })
  return found()
}

/** Announces with Avahi's own command. */
async function publish(id: string, seal: ((text: string) => string) | undefined): Promise<() => void> {
  const places = [{ kind: 'tcp', host: '10.9.0.1', port: 9103 }] as const
  const texts = textsOf({ kind: 'member', cluster: 'rollcäll', id, places, loopback: '' }, seal)
  const records = Object.entries(texts).map(([name, value]) => `${name}=${value}`)
  const child = spawn('avahi-publish', ['-s', id, '_rollcall._tcp', '9103', ...records], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await once(child.stderr, 'data')
  return () => void child.kill()
}

const bonjour = await open('bonjour1', {
  ...localNetwork,
  open: (hearers, warn) => Promise.resolve(BonjourBoard.open(hearers, warn)),
})
const native = await open('native01', localNetwork)
announce(bonjour, 'b')
announce(native, 'n')
const end = await publish('a', (text) => localNetwork.seal(TOKEN, text))
const endStranger = await publish('stranger', undefined)
const found = { bonjour: await members(bonjour, 2), native: await members(native, 2) }
const browsed = execFileSync('avahi-browse', ['-rtpk', '_rollcall._tcp'], { encoding: 'utf8' })
end()
await Promise.all([members(bonjour, 1), members(native, 1)])
await native.close()
const left = await members(bonjour, 0)
announce(bonjour, 'again')
await bonjour.close()
endStranger()
process.stdout.write(
  JSON.stringify({
    by: log.lines.filter((line) => / by /.test(line)),
    found,
    left,
    browsed: browsed.split('\n').filter((line) => line.startsWith('=')),
    warnings: log.lines.filter((line) => line.startsWith('warn')),
  }),
)
process.exit()
