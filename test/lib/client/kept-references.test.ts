/** A replicated object keeps references to objects that are found by a name or a URI, and hands them out. */
import t, { type Test } from 'tap'
import {
  connect,
  expose,
  startDaemon,
  startNode,
  type KvApi,
  type Node,
  type Reference,
  type Remote,
  type Rollcall,
} from '../../../api.js'
import type { Json } from '../../../lib/json.js'
import { fieldChunks, restoreFields } from '../../../lib/replica/objects/default-snapshot.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'

class Greeter {
  @expose greet(name: string): string {
    return `hello, ${name}`
  }
}

class Board {
  static commands = ['pin']
  static queries = ['pinned', 'all']
  readonly pins = new Map<string, Reference<Greeter>>()
  pin(title: string, greeter: Reference<Greeter>): number {
    this.pins.set(title, greeter)
    return this.pins.size
  }
  pinned(title: string): Reference<Greeter> | null {
    return this.pins.get(title) ?? null
  }
  all(): readonly Reference<Greeter>[] {
    return [...this.pins.values()]
  }
}

interface Scene {
  readonly client: Rollcall
  readonly board: Remote<Board>
  /** By their ids. */
  readonly members: Map<string, Node>
  readonly start: (id: string) => Promise<Node>
}

async function cluster(t: Test, ids: readonly string[]): Promise<Scene> {
  const ports = await freePorts(ids.length + 1)
  const places = {
    members: ids.map((id, at) => `${id}@localhost:${ports[at]}`),
    nameserver: `localhost:${ports.at(-1)}`,
  }
  const folders = new Map(ids.map((id) => [id, temporaryFolder(t)]))
  const members = new Map<string, Node>()
  const start = async (id: string): Promise<Node> => {
    const data = folders.get(id)
    const node = await startNode({ ...places, id, data, objects: { board: Board }, logger: silent })
    members.set(id, node)
    return node
  }
  t.teardown(() => Promise.all([...members.values()].map((node) => node.stop())))
  await Promise.all(ids.map(start))
  const client = await connect(places)
  t.teardown(() => client.close())
  return { client, board: client.object<Board>('board'), members, start }
}

t.test(
  'a proxy that a command is given is kept as a reference, of which a proxy is made again',
  async (t) => {
    const { client, board } = await cluster(t, ['solo'])
    await using daemon = await startDaemon()
    const uri = daemon.register(new Greeter())
    t.equal(await board.pin('here', client.object<Greeter>(uri)), 1)
    const kept = await board.pinned('here')
    t.same(kept, { $: 'ref', of: uri }, 'it is data')
    t.equal(kept && (await client.object(kept).greet('you')), 'hello, you')
    t.equal(kept && (await board.pin('again', kept)), 2, 'which can be given as it is')
    await client.batch((calls) => [calls.of(board).pin('batch', client.object<Greeter>(uri))])
    await client.atomic((calls) => [calls.of(board).pin('atomic', client.object<Greeter>(uri))])
    t.same(await board.all(), [kept, kept, kept, kept], 'among others, too')
  },
)

t.test('what is kept outlives the member that leads, and restarts', async (t) => {
  const { client, board, members, start } = await cluster(t, ['a', 'b', 'c'])
  await using daemon = await startDaemon()
  const uri = daemon.register(new Greeter())
  await board.pin('here', client.object<Greeter>(uri))
  const leader = (await client.leader())?.split('@')[0] ?? ''
  await members.get(leader)?.stop()
  const kept = await board.pinned('here')
  t.equal(kept && (await client.object(kept).greet('you')), 'hello, you')
  // With two members that were stopped in turn the third has the say.
  const other = [...members.keys()].find((id) => id !== leader) ?? ''
  await start(leader)
  t.same(await board.pinned('here'), kept)
  await members.get(other)?.stop()
  t.same(await board.pinned('here'), kept)
})

t.test('a snapshot holds what is kept', async (t) => {
  const board = new Board()
  board.pin('here', { $: 'ref', of: 'greeter' })
  const other = new Board()
  async function* chunks(): AsyncGenerator<Json> {
    yield* JSON.parse(JSON.stringify([...fieldChunks(board)])) as Json[]
  }
  await restoreFields(other, chunks())
  t.same(other.pinned('here'), { $: 'ref', of: 'greeter' })
})

t.test('what has no name is refused, with its place', async (t) => {
  const { client, board } = await cluster(t, ['solo'])
  const given: unknown[] = [new Greeter(), () => 1, new Date(0)]
  for (const each of given)
    await t.rejects(board.pin('here', each as Reference<Greeter>), {
      name: 'InvalidParamsError',
      outcome: 'not-executed',
      message: /args\[1\]/,
    })
  const both = { when: new Date(0), greeter: client.object<Greeter>('greeter') }
  await t.rejects(client.object<KvApi>('kv').set('both', both as never), { name: 'InvalidParamsError' })
  t.throws(() => client.object({ $: 'ref' } as never), { name: 'InvalidParamsError' })
  // @ts-expect-error: it leads to another class
  const other: () => Promise<unknown> = () => board.pin('here', client.object<Board>('board'))
  t.equal(typeof other, 'function')
})
