/** Watches over processes: a prefix across the death of a leader, names, the leader, and the command line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Json } from '../../api.js'
import { COMMAND_EVENTS_MAX } from '../../lib/replica/machine/emissions.js'
import { EVENTS_MAX } from '../../lib/replica/machine/events.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { Cluster } from '../harness/cluster.js'
import { Operator } from '../harness/operator.js'
import { temporaryFolder } from '../harness/processes.js'

interface Kv {
  set(key: string, value: Json): Json
  get(key: string): Json
}

const { cluster, client } = await Operator.start(t, 3)

t.test('a prefix is followed across a SIGKILL of the leader: every event once, in order', async (t) => {
  const kv = client.object<Kv>('kv')
  await kv.set('a/first', 0)
  const watch = client.watch('kv', { prefix: 'a/' })
  await watch.begin()

  const acknowledged: string[] = []
  const writing = (async () => {
    for (let n = 0; n < 100; n++) {
      await kv.set('b/other', n).catch(() => undefined)
      const key = `a/${n}`
      try {
        await kv.set(key, n)
        acknowledged.push(key)
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
      }
      if (n === 40) await cluster.kill(await cluster.leader(client))
    }
    while (!acknowledged.includes('a/end')) {
      await kv.set('a/end', 0).then(
        () => acknowledged.push('a/end'),
        () => undefined,
      )
    }
  })()

  const seen: { index: number; topic: string; data: Json }[] = []
  for await (const event of watch) {
    seen.push(event)
    if (event.topic === 'a/end') break
  }
  await writing
  const topics = seen.map(({ topic }) => topic)
  t.same(
    topics.filter((topic) => acknowledged.includes(topic)),
    acknowledged,
    'all that was acknowledged, in its order',
  )
  t.equal(new Set(topics).size, topics.length, 'none twice')
  t.ok(
    seen.every(({ index }, at) => index > (seen[at - 1]?.index ?? 0)),
    'in the order of the log',
  )
  const again: string[] = []
  for await (const { topic } of client.watch('kv', { prefix: 'a/', from: seen[0]?.index ?? 0 })) {
    again.push(topic)
    if (topic === 'a/end') break
  }
  t.same(again, topics.slice(1), 'from a cursor the same again')
  for (const id of cluster.ids) if (!cluster.process(id).isRunning) cluster.startNode(id)
})

t.test('the name server tells of names, and a new leader is news at once', async (t) => {
  await cluster.everyone(client)
  const names = client.watch('nameserver', { topic: 'thing' })
  await names.begin()
  await client.nameserver.register('thing', 'thing@localhost:1')
  await client.nameserver.remove('thing')
  t.match((await names.next()).value, { data: { name: 'thing', uri: 'thing@localhost:1' } })
  t.match((await names.next()).value, { data: { name: 'thing', uri: null } })

  // Whoever leads when the watch begins, and not who led before it.
  let first: string | undefined
  for await (const leader of client.watchLeader()) {
    if (leader === null) continue
    if (first === undefined) await cluster.kill((first = leader).slice(0, leader.indexOf('@')))
    else if (leader !== first) break
  }
  t.ok(first, 'the leader at the beginning was told, and another one after its death')
})

/** Each call emits as many events as a command may. */
const TELLER = `
import { commandContext } from ${JSON.stringify(import.meta.resolve('rollcall'))}
class Teller {
  static commands = ['tell']
  tell(topic, times) {
    for (let n = 0; n < times; n++) commandContext().emit(topic, n)
    return times
  }
}
export default { teller: Teller }
`
const module = join(temporaryFolder(t), 'teller.mjs')
writeFileSync(module, TELLER)
const alone = await Cluster.start(t, 1, ['--objects', module])
const caller = await alone.connect()

t.test('rollcall watch prints a line of JSON for each event, and goes on from an index', async (t) => {
  const kv = caller.object<Kv>('kv')
  const all = alone.run('watch', 'kv', '--from', '0')
  await kv.set('x', 1)
  await kv.set('y', { deep: [2] })
  await all.says(/"y"/)
  all.signal('SIGINT')
  const { status, stdout } = await all.ended
  t.equal(status, 0)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { index: number })
  t.match(lines, [
    { topic: 'x', data: { value: 1 } },
    { topic: 'y', data: { value: { deep: [2] } } },
  ])

  const rest = alone.run('watch', 'kv', '--prefix', 'y', '--from', String(lines[0]?.index))
  await rest.says(/"y"/)
  rest.signal('SIGTERM')
  t.equal((await rest.ended).stdout, `${stdout.trim().split('\n')[1] ?? ''}\n`)
})

t.test('rollcall watch refuses what it can not follow, each with one line', async (t) => {
  for (const [args, status, line] of [
    [['kv', '--from', 'x'], 2, /USAGE: --from must be a whole number/],
    [['kv', '--topic', 'a', '--topic', 'b'], 2, /USAGE: --topic is given more than once, with a and with b/],
    [['kv', '--prefix', 'a', '--topic', 'b'], 2, /USAGE: give --prefix or --topic/],
    [['nobody'], 1, /NAME_NOT_FOUND: .*no replicated object "nobody"/],
  ] as const) {
    const output = await alone.run('watch', ...args).ended
    t.equal(output.status, status)
    t.match(output.stderr, line)
    t.equal(output.stdout, '')
  }
})

t.test('beyond what is kept a watch ends with COMPACTED, and says from where it can go on', async (t) => {
  for (let told = 0; told <= EVENTS_MAX; told += COMMAND_EVENTS_MAX)
    await caller.call('teller', 'tell', ['many', COMMAND_EVENTS_MAX])

  const late = alone.run('watch', 'teller', '--from', '0')
  const { status, stderr } = await late.ended
  t.equal(status, 1)
  t.match(
    stderr,
    /^error: COMPACTED: events of teller after entry \d+ are not all kept any more: .*watch from \d+/,
  )
  const [, oldest] = /watch from (\d+)/.exec(stderr) ?? []
  const seen: Json[] = []
  for await (const { data } of caller.watch('teller', { topic: 'many', from: Number(oldest) })) {
    seen.push(data)
    if (seen.length === EVENTS_MAX) break
  }
  t.equal(seen.length, EVENTS_MAX, 'all that are kept')
})
