/** Two clusters on one name server, with members of the same id, and an address that goes from one to the other. */
import assert from 'node:assert/strict'
import t from 'tap'
import { hostNode } from '../../node/host-node.js'
import type { Node } from '../../node/host-node.js'
import type { ProcessPorts } from '../../testing/simulator/process.js'
import { parseUri } from '../../lib/rpc/uri.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

const SEEDS = 6

function neighbour(id: string, port: number): (ports: ProcessPorts) => Promise<Node> {
  const members = [`${id}@localhost:${port}`]
  return (ports) => hostNode(ports, { id, cluster: 'east', members, port, logger: ports.logger })
}

async function clientOf(stage: Stage): Promise<Rollcall> {
  const client = stage.cluster.client('client', 5_000)
  client.start()
  await stage.until('the client runs', () => client.running !== undefined)
  assert.ok(client.running)
  return client.running.rollcall
}

t.test('calls stay in their cluster while another one takes an address that was its leader’s', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const stage = await quietStage(seed, {})
    const rollcall = await clientOf(stage)
    const set = (value: number): Promise<void> =>
      stage.achieve(`set ${value}`, async () => {
        await rollcall.call('kv', 'set', ['x', value])
        return true
      })
    await set(1)
    const { leader } = stage.cluster
    assert.ok(leader)
    const { objectId, address } = parseUri(leader.uri)
    assert.ok(address.kind === 'tcp')
    leader.process.kill()
    stage.cluster.newUriFor(leader)
    const other = stage.cluster.process('neighbours', 'east', neighbour(objectId, address.port))
    other.start()
    await stage.until('the other cluster leads', () => other.running?.status().role === 'leader')
    stage.starter.start(leader)
    for (let value = 2; value < 30; value++) await set(value)
    let [seen, foreign]: unknown[] = []
    await stage.achieve('look', async () => {
      seen = await rollcall.call('kv', 'get', ['x'])
      foreign = await rollcall.call(`kv@localhost:${address.port}`, 'get', ['x'])
      return true
    })
    t.equal(seen, 29)
    t.equal(foreign, null, `seed ${seed}: the other cluster was not called`)
  }
})
