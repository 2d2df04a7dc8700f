import t from 'tap'
import type { Clock } from '../../lib/ports.js'
import { ManualClock } from '../harness/manual-clock.js'
import { Publication, type Leadership } from '../../node/publication.js'
import { RecordingLogger } from '../harness/ports.js'
import { NameServerScene, ports, until, type Teardown } from '../nameserver/scene.js'

/** A replica as far as publication sees one. What listeners can see is set before they are told. */
class FakeReplica implements Leadership {
  isServing = false
  term = 1
  clusterId: string | null = 'cluster-1'
  commitIndex = 1
  readonly listeners = new Set<() => void>()

  status(): { term: number; clusterId: string | null; commitIndex: number } {
    return { term: this.term, clusterId: this.clusterId, commitIndex: this.commitIndex }
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  leads(term: number, clusterId = this.clusterId): void {
    this.#become(true, term, clusterId)
  }

  follows(term: number): void {
    this.#become(false, term, this.clusterId)
  }

  #become(isServing: boolean, term: number, clusterId: string | null): void {
    Object.assign(this, { isServing, term, clusterId })
    for (const listener of this.listeners) listener()
  }
}

interface Published {
  readonly replica: FakeReplica
  readonly publication: Publication
  readonly logger: RecordingLogger
}

function publish(
  t: Teardown,
  scene: NameServerScene,
  id: string,
  cluster = 'rollcall',
  clock: Clock = ports.clock,
): Published {
  const replica = new FakeReplica()
  const logger = new RecordingLogger()
  const publication = new Publication({
    id,
    uri: `${id}@localhost:910${id.slice(-1)}`,
    cluster,
    objects: ['kv', 'log'],
    nameservers: [scene.address],
    replica,
    ...ports,
    clock,
    logger,
  })
  t.teardown(() => publication.stop())
  return { replica, publication, logger }
}

async function names(scene: NameServerScene): Promise<Record<string, string>> {
  return Object.fromEntries((await scene.names.list()).map(({ name, uri }) => [name, uri]))
}

async function running(t: Teardown): Promise<NameServerScene> {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  return scene
}

t.test('a follower publishes its own name alone', async (t) => {
  const scene = await running(t)
  publish(t, scene, 'node2')
  t.equal(await scene.registered('node2'), 'node2@localhost:9102')
  t.same(Object.keys(await names(scene)), ['node2'])
})

t.test('a leader publishes itself and the objects, once it serves', async (t) => {
  const scene = await running(t)
  const { replica } = publish(t, scene, 'node2')
  replica.leads(3)
  await Promise.all(['node2', 'rollcall.leader', 'kv', 'log'].map((name) => scene.registered(name)))
  t.same(await names(scene), {
    node2: 'node2@localhost:9102',
    'rollcall.leader': 'node2@localhost:9102',
    kv: 'kv@localhost:9102',
    log: 'log@localhost:9102',
  })
})

t.test('a node that serves already when publication begins is published', async (t) => {
  const scene = await running(t)
  const { replica, publication } = publish(t, scene, 'node1')
  publication.stop()
  replica.leads(2)
  const again = new Publication({
    ...{ id: 'node1', uri: 'node1@localhost:9101', cluster: 'rollcall', objects: [] },
    ...{ nameservers: [scene.address], replica },
    ...ports,
  })
  t.teardown(() => again.stop())
  t.equal(await scene.registered('rollcall.leader'), 'node1@localhost:9101')
})

t.test('in another cluster the objects and the member itself stand under its name', async (t) => {
  const scene = await running(t)
  const { replica } = publish(t, scene, 'node2', 'east')
  replica.leads(1)
  await Promise.all(
    ['east.node2', 'east.leader', 'east.kv', 'east.log'].map((name) => scene.registered(name)),
  )
  t.same(Object.keys(await names(scene)), ['east.kv', 'east.leader', 'east.log', 'east.node2'])
})

t.test('a member of another cluster with the same id does not take the name', async (t) => {
  const scene = await running(t)
  publish(t, scene, 'node1')
  t.equal(await scene.registered('node1'), 'node1@localhost:9101')
  const other = new FakeReplica()
  other.clusterId = 'cluster-2'
  const logger = new RecordingLogger()
  const publication = new Publication({
    ...{ id: 'node1', uri: 'node1@localhost:9999', cluster: 'rollcall', objects: [] },
    ...{ nameservers: [scene.address], replica: other },
    ...ports,
    logger,
  })
  t.teardown(() => publication.stop())
  await until(() => logger.lines.find((line) => line.includes('refuses node1')))
  t.equal(await scene.names.lookup('node1'), 'node1@localhost:9101')
})

t.test('a member that has moved is known where it is once its cluster has gone on', async (t) => {
  const scene = await running(t)
  const before = publish(t, scene, 'node1')
  await scene.registered('node1')
  before.publication.stop()
  const replica = new FakeReplica()
  const publication = new Publication({
    ...{ id: 'node1', uri: 'node1@localhost:9999', cluster: 'rollcall', objects: [] },
    ...{ nameservers: [scene.address], replica },
    ...ports,
  })
  t.teardown(() => publication.stop())
  replica.commitIndex = 2
  await until(async () => (await scene.names.lookup('node1')) === 'node1@localhost:9999' || undefined)
  t.equal(await scene.names.lookup('node1'), 'node1@localhost:9999')
})

t.test('a successor takes the names over, and the deposed leader can not take them back', async (t) => {
  const scene = await running(t)
  const old = publish(t, scene, 'node1')
  old.replica.leads(1)
  await scene.registered('kv')
  const successor = publish(t, scene, 'node2')
  successor.replica.leads(2)
  await until(async () => ((await scene.registered('kv')) === 'kv@localhost:9102' ? true : undefined))
  const belated = publish(t, scene, 'node3')
  belated.replica.leads(1)
  await until(
    () => belated.logger.lines.filter((line) => line.includes("a later leader's")).length === 3 || undefined,
  )
  t.equal(await scene.names.lookup('kv'), 'kv@localhost:9102')
})

t.test('the name server comes up later: everything is published then', async (t) => {
  const scene = await NameServerScene.prepare(t)
  const { replica, logger } = publish(t, scene, 'node2')
  replica.leads(1)
  await until(() => logger.lines.includes('debug lost a connection') || undefined)
  await scene.start()
  t.equal(await scene.registered('rollcall.leader'), 'node2@localhost:9102')
  t.equal(await scene.registered('node2'), 'node2@localhost:9102')
})

t.test('the name server lost its data: the nodes make themselves known again', async (t) => {
  const scene = await running(t)
  const clock = new ManualClock()
  const { replica } = publish(t, scene, 'node2', 'rollcall', clock)
  replica.leads(1)
  await Promise.all(['node2', 'rollcall.leader', 'kv', 'log'].map((name) => scene.registered(name)))
  await scene.stop()
  scene.wipe()
  await scene.start()
  t.same(await names(scene), {})
  await until(async () => {
    clock.advance(100)
    return Object.keys(await names(scene)).length === 4 || undefined
  })
  t.equal(await scene.names.lookup('rollcall.leader'), 'node2@localhost:9102')
})

t.test('the nodes were wiped: an operator makes room for the new cluster', async (t) => {
  const scene = await running(t)
  const before = publish(t, scene, 'node1')
  before.replica.leads(9, 'before')
  await scene.registered('rollcall.leader')
  before.publication.stop()
  await scene.names.remove('rollcall.leader')
  publish(t, scene, 'node2').replica.leads(1, 'after')
  t.equal(await scene.registered('rollcall.leader'), 'node2@localhost:9102')
})

t.test('who has lost the lead, or never served, publishes no leader', async (t) => {
  const scene = await NameServerScene.prepare(t)
  const clock = new ManualClock()
  const { replica } = publish(t, scene, 'node2', 'rollcall', clock)
  replica.leads(1)
  replica.follows(2)
  replica.leads(3, null)
  await scene.start()
  const ownName = async () => {
    clock.advance(100)
    return (await names(scene))['node2']
  }
  await until(ownName)
  await scene.names.remove('node2')
  // Whatever had failed before was tried again by the time that a name which is there is renewed.
  await until(ownName)
  t.same(Object.keys(await names(scene)), ['node2'])
})

t.test('stopped, it listens to the replica no more', async (t) => {
  const scene = await NameServerScene.prepare(t)
  const { replica, publication } = publish(t, scene, 'node2')
  publication.stop()
  publication.stop()
  t.equal(replica.listeners.size, 0)
})
