/** A member's process serves plain objects of its own beside the replicated ones. */
import t from 'tap'
import { connect, expose, serve, startNode, type CounterApi, type Remote } from '../../../api.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'
import { NameServerScene } from '../../nameserver/scene.js'

class Till {
  constructor(private readonly counter: Remote<CounterApi>) {}
  @expose async sell(pieces: number): Promise<string> {
    return `${await this.counter.increment(pieces)} sold`
  }
}

t.test('a plain object of a member is found by its name, and uses what is replicated', async (t) => {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const [port = 0] = await freePorts(1)
  const places = { members: [`solo@localhost:${port}`], nameserver: names.address }
  const node = await startNode({ ...places, id: 'solo', data: temporaryFolder(t), logger: silent })
  t.teardown(() => node.stop())
  const own = await connect(places)
  t.teardown(() => own.close())
  const till = new Till(own.object<CounterApi>('counter'))
  const service = await serve({ till }, { nameserver: names.address })
  t.teardown(() => service.close())
  const client = await connect({ nameserver: names.address })
  t.teardown(() => client.close())
  t.equal(await client.object<Till>('till').sell(2), '2 sold')
  t.equal(await client.object<Till>('till').sell(3), '5 sold')
  t.equal(await client.object<CounterApi>('counter').value(), 5)
})
