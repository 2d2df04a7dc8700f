/** What is said of a call that can't be made as it is is done, and helps. One member and a name server are enough. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { connect, serve } from '../../../api.js'
import { Cluster } from '../../harness/cluster.js'
import { callOn } from '../overload/plain-caller.js'

const cluster = await Cluster.start(t, 1)
const client = await cluster.connect()
await cluster.leader(client)

class Shelf {
  static exposed = ['books', 'count']
  books(): ReadonlyMap<string, number> {
    return new Map([['Dune', 1]])
  }
  count(): number {
    return 1
  }
}
const service = await serve({ shelf: new Shelf() }, { nameserver: cluster.nameserver, metadata: ['red'] })
t.teardown(() => service.close())

t.test('null is no value: the key is deleted instead', async (t) => {
  await client.call('kv', 'set', ['a', 1])
  await t.rejects(client.call('kv', 'set', ['a', null]), {
    label: 'INVALID_PARAMS',
    message: /must be anything but null; delete the key instead$/,
  })
  t.equal(await client.call('kv', 'delete', ['a']), true)
  t.equal(await client.call('kv', 'get', ['a']), null)
})

t.test('a session that is unknown: another one is opened', async (t) => {
  await t.rejects(client.call('session', 'keepAlive', ['former']), {
    label: 'SESSION_EXPIRED',
    message: /nothing was run in it; open a new one$/,
  })
  const { session } = (await client.call('session', 'open', [])) as { session: string }
  t.match(await client.call('session', 'keepAlive', [session]), { session })
})

t.test('tags are written as it is told', async (t) => {
  await t.rejects(client.object<Shelf>('meta:').count(), { message: /write meta:red or meta:red,fast$/ })
  t.equal(await client.object<Shelf>('meta:red').count(), 1)
})

t.test('a result that JSON has no word for comes by object()', async (t) => {
  await t.rejects(client.call('shelf', 'books', []), {
    message: /call it by object\(\) to have it as it is$/,
  })
  t.same(await client.object<Shelf>('shelf').books(), new Map([['Dune', 1]]))
})

t.test('the calls of a batch are made before its function returns', async (t) => {
  const another = await connect({ nameserver: cluster.nameserver })
  t.teardown(() => another.close())
  const late = new Promise((resolve, reject) => {
    const made = another.batch((calls) => {
      const kv = calls.object<{ get(key: string): unknown }>('kv')
      setImmediate(() => void Promise.resolve(kv.get('a')).then(resolve, reject))
      return [kv.get('b')]
    })
    made.catch(reject)
  })
  await t.rejects(late, {
    message: /the call was not sent: make its calls before the function returns, or first awaits$/,
  })
  t.same(await another.batch((calls) => [calls.object<{ get(key: string): unknown }>('kv').get('a')]), [null])
})

t.test('a watch has a topic or a prefix, and a history with its cursor', async (t) => {
  const both = client.call('watch', 'next', ['kv', 0, { topic: 'a', prefix: 'a', waitMs: 0 }])
  await t.rejects(both, { message: /give a topic or a prefix, not both$/ })
  t.ok(await client.call('watch', 'next', ['kv', 0, { topic: 'a', waitMs: 0 }]))
  const { status, stderr } = await cluster.run('watch', 'kv', '--history', 'x').ended
  t.equal(status, 2)
  const twofold = await cluster.run('watch', 'kv', '--prefix', 'a', '--topic', 'a').ended
  t.match(twofold.stderr, /^error: USAGE: give --prefix or --topic, not both$/m)
  t.match(stderr, /--history says what --from belongs to: give both, or neither$/m)
})

t.test('what is sent as it is told is answered', async (t) => {
  const port = Number(cluster.members[0]?.split(':').at(-1))
  const answers = async (text: string): Promise<string> => {
    const socket = callOn(port, t)
    socket.write(text)
    const [line] = (await once(createInterface({ input: socket }), 'line')) as [string]
    return line
  }
  const call = (params: unknown, method = 'kv.get'): string =>
    `${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`
  t.match(await answers('what is the time?\n'), /this port speaks JSON-RPC 2.0: send JSON/)
  t.match(await answers(call({ key: 'a' })), /takes its params by position: send an array/)
  t.match(await answers(call(['a'])), '"result"')
  t.match(await answers(call([{}], 'node1.appendEntries')), /is for members of the cluster: say hello first/)
})

t.test('a number that would be read as another one is written as a string', async (t) => {
  const file = join(cluster.folder, 'rollcall.json')
  const run = (port: string) => {
    writeFileSync(file, `{"host": ${port}}`)
    return cluster.run('call', '--config', file, 'kv.get', 'a').ended
  }
  const { status, stderr } = await run('1.10')
  t.equal(status, 2)
  t.match(stderr, /or a number that prints back as another, such as 1\.10: write that as a string$/m)
  t.equal((await run('"1.10"')).status, 0)
})
