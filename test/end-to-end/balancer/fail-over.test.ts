/** A balancer before three members; the leader is killed while clients of each transport write through it. */
import t from 'tap'
import { BalancerProcess, type Caller } from '../../harness/balancer.js'
import { Cluster } from '../../harness/cluster.js'
import { until } from '../../harness/until.js'

const NOT_EXECUTED = new Set([-32003, -32010])
const OUTCOME_UNKNOWN = -32002

interface Written {
  readonly acknowledged: string[]
  readonly refused: string[]
  readonly unknown: string[]
}

/** Appends one text after another, each once, until `isOver`; a few at a time. */
async function write(caller: Caller, name: string, isOver: () => boolean, written: Written): Promise<void> {
  for (let i = 0; !isOver(); i += 1) {
    const texts = [0, 1, 2, 3].map((k) => `${name} ${i}.${k}`)
    const answers = await Promise.all(texts.map((text) => caller.call('log.append', [text])))
    texts.forEach((text, k) => {
      const error = answers[k]?.error
      if (answers[k] !== undefined && error === undefined) written.acknowledged.push(text)
      else if (error !== undefined && NOT_EXECUTED.has(error.code)) written.refused.push(text)
      else if (error === undefined || error.code === OUTCOME_UNKNOWN) written.unknown.push(text)
      else throw new Error(`${text}: ${error.code} ${error.message}`)
    })
  }
}

async function allTexts(caller: Caller): Promise<readonly string[]> {
  const texts: string[] = []
  for (;;) {
    const answer = await caller.call('log.entries', [texts.length + 1, 500])
    const items = answer?.result as readonly { readonly command: string }[]
    if (items.length === 0) return texts
    texts.push(...items.map((item) => item.command))
  }
}

// One after another finds it whole, and leaves it whole; the balancer may be another.
const cluster = await Cluster.start(t, 3)
const client = await cluster.connect()
// A member that has only just come counts for no majority yet: of two others none may be killed.
await cluster.everyone(client)
const balancer = await BalancerProcess.start(cluster)

t.test(
  'the leader is killed twice under writers: nothing acknowledged is lost, nothing runs twice',
  async (t) => {
    const all = await balancer.callers(t)
    const written: Written = { acknowledged: [], refused: [], unknown: [] }
    let isOver = false
    const writers = all.map((caller, i) => write(caller, `writer${i}`, () => isOver, written))
    const grows = async (by: number): Promise<void> => {
      const goal = written.acknowledged.length + by
      await until(`${by} more commands`, () => written.acknowledged.length >= goal)
    }
    for (let kills = 0; kills < 2; kills += 1) {
      await grows(100)
      const leader = await cluster.leader(client)
      await cluster.kill(leader)
      await grows(100)
      cluster.startNode(leader)
    }
    await cluster.everyone(client)
    isOver = true
    await Promise.all(writers)

    const [reader] = all
    if (reader === undefined) throw new Error('no caller')
    const texts = await allTexts(reader)
    const found = new Set(texts)
    t.equal(found.size, texts.length, 'nothing twice')
    t.same(
      written.acknowledged.filter((text) => !found.has(text)),
      [],
      'all that was acknowledged is there',
    )
    t.same(
      written.refused.filter((text) => found.has(text)),
      [],
      'what was said not to be executed is not',
    )
    const known = new Set([...written.acknowledged, ...written.unknown])
    t.same(
      texts.filter((text) => !known.has(text)),
      [],
      'nothing is there that nobody wrote',
    )
  },
)

t.test('a balancer that is killed and started again finds the leader anew', async (t) => {
  const all = await balancer.callers(t)
  const [lines] = all
  const begun = Number((await lines?.call('counter.increment', [1]))?.result)
  const lost = lines?.call('counter.increment', [1])
  await cluster.kill('balancer')
  const answer = await lost
  await balancer.start().says(/balancer ready/)
  const again = await balancer.lines()
  const value = (await again.call('counter.value', []))?.result
  if (answer?.error === undefined && answer !== undefined) t.equal(value, begun + 1)
  else t.ok(value === begun || value === begun + 1, 'the call that was cut off ran once or not at all')
  again.end()
})

t.test('SIGTERM answers what is under way, then ends with exit code 0', async (t) => {
  const all = await balancer.callers(t)
  const begun = Number((await all[0]?.call('counter.value', []))?.result)
  const underWay = Promise.all(all.map((caller) => caller.call('counter.increment', [1])))
  // A call of the same connection that is answered means that the ones before it have come in.
  await all[0]?.call('daemon.ping', [])
  balancer.running.signal('SIGTERM')
  const value = Number((await underWay)[0]?.result)
  t.ok(value > begun && value <= begun + all.length, `${value} after ${begun}`)
  t.equal((await balancer.running.ended).status, 0)
  t.ok(cluster.processes.get('node1')?.isRunning)
})
