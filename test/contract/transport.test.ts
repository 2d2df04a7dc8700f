import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Transport } from '../../lib/ports.js'
import { silent } from '../../lib/client/silent.js'
import { systemClock } from '../../lib/system/clock.js'
import { securityOf } from '../../lib/system/open-security.js'
import { createTransport } from '../../lib/system/transport.js'
import { Life } from '../../testing/simulator/life.js'
import { Network } from '../../testing/simulator/network.js'
import { PEACE } from '../../testing/simulator/paths.js'
import { World } from '../../testing/simulator/world.js'
import { Certificates } from '../harness/certificates.js'
import { transportContract } from './transport.js'

t.test('TCP', async (t) => {
  transportContract(t, () => ({
    transport: createTransport(),
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  }))
})

t.test('TLS, both ends of which show certificates', async (t) => {
  const certificates = new Certificates(t)
  const tls = { ca: certificates.ca, ...certificates.make(), clientCert: 'required' } as const
  const security = await securityOf(tls, true, { clock: systemClock, logger: silent })
  transportContract(t, () => ({
    transport: createTransport({ security }),
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  }))
})

t.test('unix sockets', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  let next = 0
  transportContract(t, () => ({
    transport: createTransport(),
    address: { kind: 'unix', path: join(folder, `${next++}.sock`) },
  }))
})

t.test('the simulated network', async (t) => {
  transportContract(t, () => ({
    transport: simulatedTransport(t),
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  }))
})

/** Of a process that calls itself, in a world whose time passes as long as the test runs. */
function simulatedTransport(t: Test): Transport {
  const world = new World(1)
  const life = new Life(world)
  let isOver = false
  t.teardown(() => (isOver = true))
  const pass = (): Promise<void> => world.run(world.now + 1, () => undefined)
  const live = (): void => void pass().then(() => (isOver ? undefined : setImmediate(live)))
  live()
  const endpoint = { name: 'process', isMember: false, life, isDark: false }
  return new Network(world, PEACE).transportOf(endpoint, life)
}
