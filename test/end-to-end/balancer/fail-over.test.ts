/** A balancer before three members; the leader is killed while clients of each transport write through it. */
import t from 'tap'
import { BalancerProcess, type Caller } from '../../harness/balancer.js'
import { Cluster, type Teardown } from '../../harness/cluster.js'

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

async function scene(t: Teardown): Promise<{ cluster: Cluster; balancer: BalancerProcess; all: Caller[] }> {
  const cluster = await Cluster.start(t, 3)
  const balancer = await BalancerProcess.start(cluster)
  const all = [await balancer.lines(), await balancer.webSocket(), balancer.http()]
  t.teardown(() => {
    for (const caller of all) caller.end()
  })
  return { cluster, balancer, all }
}

t.test(
  'the leader is killed twice under writers: nothing acknowledged is lost, nothing runs twice',
  async (t) => {
    const { cluster, all } = await scene(t)
    const client = await cluster.connect()
    const written: Written = { acknowledged: [], refused: [], unknown: [] }
    let isOver = false
    const writers = all.map((caller, i) => write(caller, `writer${i}`, () => isOver, written))
    const grows = async (by: number): Promise<void> => {
      const goal = written.acknowledged.length + by
      while (written.acknowledged.length < goal) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    for (let kills = 0; kills < 2; kills += 1) {
      await grows(100)
      const leader = await cluster.leader(client)
      await cluster.kill(leader)
      await grows(100)
      cluster.startNode(leader)
    }
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

t.test('without a leader calls wait until one is there', async (t) => {
  const { cluster, all } = await scene(t)
  await cluster.kill(...cluster.ids)
  const answers = all.map((caller) => caller.call('counter.increment', [1], { timeoutMs: 30_000 }))
  for (const id of cluster.ids) cluster.startNode(id)
  const values = (await Promise.all(answers)).map((answer) => answer?.result)
  t.same(values.sort(), [1, 2, 3], 'each of them ran once')
})

t.test('when no member leads in time the call says that it has not run', async (t) => {
  const { cluster, all } = await scene(t)
  await cluster.kill(...cluster.ids)
  const answers = await Promise.all(
    all.map((caller) => caller.call('counter.increment', [1], { timeoutMs: 300 })),
  )
  for (const answer of answers) t.match(answer?.error, { code: -32003, message: /was not executed/ })
})

t.test('a balancer that is killed and started again finds the leader anew', async (t) => {
  const { cluster, balancer, all } = await scene(t)
  const [lines] = all
  t.match(await lines?.call('counter.increment', [1]), { result: 1 })
  const lost = lines?.call('counter.increment', [1])
  await cluster.kill('balancer')
  const answer = await lost
  await balancer.start().says(/balancer ready/)
  const again = await balancer.lines()
  const value = (await again.call('counter.value', []))?.result
  if (answer?.error === undefined && answer !== undefined) t.equal(value, 2)
  else t.ok(value === 1 || value === 2, 'the call that was cut off ran once or not at all')
  again.end()
})

t.test('SIGTERM answers what is under way, then ends with exit code 0', async (t) => {
  const { cluster, balancer, all } = await scene(t)
  await all[0]?.call('counter.value', [])
  const underWay = Promise.all(all.map((caller) => caller.call('counter.increment', [1])))
  // A call of the same connection that is answered means that the ones before it have come in.
  await all[0]?.call('daemon.ping', [])
  balancer.running.signal('SIGTERM')
  t.match((await underWay)[0], { result: /^[1-3]$/ })
  t.equal((await balancer.running.ended).status, 0)
  t.ok(cluster.processes.get('node1')?.isRunning)
})
