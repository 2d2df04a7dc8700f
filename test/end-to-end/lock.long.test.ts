/** A lock among processes that are killed and stopped, and a cluster whose leader is. */
import { join } from 'node:path'
import t from 'tap'
import type { KvApi } from '../../api.js'
import { Operator } from '../harness/operator.js'
import { Running } from '../harness/processes.js'
import { until } from '../harness/until.js'

t.setTimeout(240_000)

const { cluster, client } = await Operator.start(t, 3)
const program = join(import.meta.dirname, 'lock-holder.js')
const running = new Set<Running>()
t.teardown(() => Promise.all([...running].map((each) => each.kill())))

function started(ttlMs: number): Running {
  const made = new Running([cluster.nameserver, String(ttlMs)], cluster.folder, {}, program)
  running.add(made)
  return made
}

/** One that stands in the row for the lock, or has it. */
async function holder(ttlMs: number): Promise<Running> {
  const before = (await client.lock('invoices').holder())?.waiting ?? -1
  const made = started(ttlMs)
  const isIn = async () => ((await client.lock('invoices').holder())?.waiting ?? -1) > before
  await until(`one more wants the lock: ${made.stderr}`, isIn)
  return made
}

const says = (who: Running, pattern: RegExp): Promise<unknown> =>
  until(
    () => `${String(pattern)} in ${who.stdout} ${who.stderr}`,
    () => pattern.test(who.stdout),
  )

const tokenOf = async (who: Running): Promise<number> => {
  await says(who, /held \d+/)
  return Number(/held (\d+)/.exec(who.stdout)?.[1])
}

async function acted(who: Running, answer: RegExp): Promise<void> {
  who.write('act\n')
  await says(who, answer)
}

t.test(
  'it is held through the death of a leader, and free after the death of its holder, in order',
  async (t) => {
    const first = await holder(5_000)
    const token = await tokenOf(first)
    const [second, third] = [await holder(5_000), await holder(5_000)]
    const leader = await cluster.leader(client)
    await cluster.kill(leader)
    await acted(first, /^done$/m)
    cluster.startNode(leader)
    await first.kill()
    const next = await tokenOf(second)
    t.ok(next > token)
    t.notMatch(third.stdout, /held/)
    second.write('release\n')
    t.ok((await tokenOf(third)) > next)
    await third.kill()
    await until('nobody has it', async () => (await client.lock('invoices').holder()) === null)
  },
)

t.test(
  'a holder that stood still while another one got the lock is turned away (what redlock lets in)',
  async (t) => {
    const first = await holder(2_000)
    const token = await tokenOf(first)
    await acted(first, /^done$/m)
    first.signal('SIGSTOP')
    const second = started(2_000)
    const next = await tokenOf(second)
    await acted(second, /^done$/m)
    first.write('act\n')
    first.signal('SIGCONT')
    await says(first, new RegExp(`the token ${token} for "invoices" is stale: it is had by ${next}`))
    await says(first, /^lost$/m)
    t.equal(await client.object<KvApi>('kv').get('invoices/by'), next)
  },
)
