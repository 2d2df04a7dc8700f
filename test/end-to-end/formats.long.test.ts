/**
 * What is written in a format of a later version is refused with a sentence, on disk and on the wire, and stays as it
 * is.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { crc32 } from '../../lib/storage/crc32.js'
import { Cluster } from '../harness/cluster.js'
import { Wire } from '../harness/wire.js'

const LATER = 99

const cluster = await Cluster.start(t, 3)
const client = await cluster.connect()

t.test('a node does not start on files of a later format', async (t) => {
  await client.call('kv', 'set', ['greeting', 'hello'])
  await cluster.everyone(client)
  await cluster.kill('node3')
  const folder = join(cluster.folder, '.rollcall/node3')
  const refuses = async (file: string, change: (bytes: Buffer) => Buffer): Promise<void> => {
    const path = join(folder, file)
    const before = readFileSync(path)
    const after = change(Buffer.from(before))
    writeFileSync(path, after)
    const { status, stderr } = await cluster.startNode('node3').ended
    t.equal(status, 1)
    t.match(stderr, new RegExp(`^error: UNKNOWN_FORMAT: .*${file}.*\\b${LATER}\\b`, 'm'))
    t.ok(readFileSync(path).equals(after), `${file} is left as it is`)
    writeFileSync(path, before)
  }
  const segment = readdirSync(folder).find((name) => name.startsWith('log-')) ?? ''
  await refuses(segment, (bytes) => {
    bytes.writeUInt32LE(LATER, 8)
    bytes.writeUInt32LE(crc32(bytes, 0, 20), 20)
    return bytes
  })
  await refuses('member.json', (bytes) => {
    const content = JSON.parse(bytes.toString()) as object
    return Buffer.from(JSON.stringify({ ...content, format: LATER }))
  })
  await cluster.startNode('node3').says(/ready/)
})

t.test('a member of a later protocol is told so, and takes no part', async (t) => {
  await cluster.everyone(client)
  const [uri = ''] = cluster.members
  const wire = await Wire.to(t, uri)
  const hello = { version: LATER, cluster: 'rollcall', clusterId: null, id: 'node2', incarnation: 'i' }
  t.match(await wire.call('node1.hello', [hello]), {
    error: { code: -32007, message: new RegExp(`\\b${LATER}\\b`) },
  })
  t.match(await wire.call('node1.requestVote', [{}]), { error: { code: -32007 } })
  t.match(await wire.call('kv.get', ['greeting', 'nothing']), { id: 3 }, 'calls of clients go on')
})
