/** Watches over processes whose history becomes another one: nobody goes on in silence. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { HistoryChangedError, type Json } from '../../api.js'
import { Operator } from '../harness/operator.js'

interface Kv {
  set(key: string, value: Json): Json
}

const operator = await Operator.start(t, 1)
const { cluster, client } = operator
const kv = client.object<Kv>('kv')
const folderOf = (process: string): string => join(cluster.folder, '.rollcall', process)

async function clusterId(): Promise<string> {
  return cluster.until(client, 'the id of the cluster', ([member]) => member?.clusterId ?? undefined)
}

async function restore(file: string): Promise<void> {
  const place = ['--id', 'node1', '--members', cluster.members.join(',')]
  const restored = await operator.local('restore', file, ...place)
  if (restored.status !== 0) throw new Error(restored.stderr)
}

t.test('a watch that lives through a restore, or is gone on with after it, is told of it', async (t) => {
  await kv.set('kept', 1)
  const file = join(cluster.folder, 'one.backup')
  t.equal((await operator.run('backup', file)).status, 0)
  const watch = client.watch('kv')
  await watch.begin()
  for (let n = 0; n < 20; n++) await kv.set('lost', n)
  for (let n = 0; n < 20; n++) t.match((await watch.next()).value, { data: { value: n } })
  const before = await clusterId()
  const { cursor, history } = watch
  t.equal(history, before, 'the history of a cursor is the cluster that it is of')

  const waiting = t.rejects(watch.next(), HistoryChangedError)
  await cluster.kill('node1')
  rmSync(folderOf('node1'), { recursive: true })
  await restore(file)
  cluster.startNode('node1')
  await waiting
  const now = await clusterId()
  t.not(now, before)

  const late = client.watch('kv', { from: cursor, history })
  const refusal: unknown = await late.next().catch((error: unknown) => error)
  t.match(refusal, { label: 'HISTORY_CHANGED', data: { before, now } })
  const typed = await cluster.run('watch', 'kv', '--from', String(cursor), '--history', before).ended
  t.equal(typed.status, 1)
  t.match(typed.stderr, new RegExp(`^error: HISTORY_CHANGED: .*${before}.*${now}.*watch from now on`))

  const anew = client.watch('kv')
  await anew.begin()
  await kv.set('anew', 1)
  t.match((await anew.next()).value, { topic: 'anew' }, 'from now on it is watched as ever')
})

t.test('a watch of names is told that the name server was wiped', async (t) => {
  const names = client.watch('nameserver', { prefix: 'thing' })
  await names.begin()
  await client.nameserver.register('thing', 'thing@localhost:1')
  t.match((await names.next()).value, { topic: 'thing' })

  const waiting = t.rejects(names.next(), HistoryChangedError)
  await cluster.kill('nameserver')
  rmSync(folderOf('nameserver'), { recursive: true })
  cluster.startNameServer()
  await waiting
})
