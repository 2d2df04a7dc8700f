/** A name server's port can't be opened, and its core has run by then. Time is virtual. */
import t from 'tap'
import { ms, type Transport } from '../../lib/ports.js'
import type { Replica } from '../../lib/replica/replica.js'
import { hostNameServer } from '../../nameserver/host-name-server.js'
import { Network } from '../../testing/simulator/network.js'
import { PEACE } from '../../testing/simulator/paths.js'
import { SimulatedProcess, type ProcessPorts } from '../../testing/simulator/process.js'
import { World } from '../../testing/simulator/world.js'

t.test('bug: a start that failed after it had led was forgotten, and nobody led ever after', async (t) => {
  const world = new World(1)
  world.isChaotic = false
  const network = new Network(world, PEACE)
  const failures: string[] = []
  let isNamed = false
  let role: (() => string) | undefined
  const open = async (ports: ProcessPorts) => {
    const transport: Transport = isNamed ? ports.transport : nowhere(ports)
    const hosted = (replica: Replica) => (role = () => replica.raft.view.role)
    const server = await hostNameServer({ ...ports, transport, hosted }, { logger: ports.logger })
    return { failed: server.failed, stop: () => server.close() }
  }
  const failed = (error: Error) => failures.push(error.message)
  const names = new SimulatedProcess({
    world,
    network,
    failed,
    kind: 'name servers',
    name: 'names',
    program: open,
  })
  const pass = (milliseconds: number) => world.run(world.now + milliseconds, () => undefined)
  names.start()
  await pass(5_000)
  t.same(failures, ['ENOTFOUND'])
  isNamed = true
  names.start()
  await pass(5_000)
  t.equal(role?.(), 'leader')
})

/** A host that nobody knows: it takes a while until that is certain. */
function nowhere({ transport, clock }: ProcessPorts): Transport {
  return {
    dial: transport.dial.bind(transport),
    listen: () =>
      new Promise((_, reject) => {
        clock.after(ms(1_000), () => reject(new Error('ENOTFOUND')))
      }),
  }
}
