/** `client.js NAMESERVER MEMBER,…`: the client of a cluster that grows. It runs each work that it is sent. */
import { connect, type Rollcall } from '../../api.js'
import type { Kv } from '../../lib/shipped/kv.js'
import { VITALS } from '../compare/subject.js'
import { closedLoop, type LoadResult } from '../load.js'
import type { Work } from './work.js'

const [nameserver = '', members = ''] = process.argv.slice(2)
const place = { nameserver, members: members.split(','), timeoutMs: 600_000 }
const client = await connect(place)
const kv = client.object<Kv<string>>('kv')
/** They do nothing, and are kept. */
const idle: Rollcall[] = []

process.on('message', (message: Work | typeof VITALS) => {
  if (message === VITALS) return
  void done(message).then((result) => process.send?.(result))
})
process.send?.('connected')

function done(work: Work): Promise<LoadResult | number> {
  switch (work.type) {
    case 'load':
      return load(work)
    case 'rest':
      return rest(work)
    case 'register':
      return register(work)
    case 'list':
      return listed()
  }
}

function load({
  inFlight,
  end,
  keys,
  valueBytes,
  from = 0,
}: Work & { readonly type: 'load' }): Promise<LoadResult> {
  const value = 'v'.repeat(valueBytes)
  return closedLoop(inFlight, end, async (n) => kv.set(`key${(from + n) % keys}`, value))
}

/** Each has a session, which one command has opened, and keeps it alive from then on. */
async function rest({ clients }: Work & { readonly type: 'rest' }): Promise<number> {
  for (const each of idle.splice(0)) each.close()
  for (let n = 0; n < clients; n++) {
    const one = await connect(place)
    idle.push(one)
    await one.object<Kv<string>>('kv').set(`idle${n}`, '')
  }
  return idle.length
}

function register({ from, names }: Work & { readonly type: 'register' }): Promise<LoadResult> {
  return closedLoop(256, { calls: names }, (n) =>
    client.nameserver.register(`name${from + n}`, `object${from + n}@localhost:9200`),
  )
}

async function listed(): Promise<number> {
  return (await client.nameserver.list()).length
}
