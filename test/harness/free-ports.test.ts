/** Ports of tests that run side by side. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'

const PROGRAM = `
  import { parentPort } from 'node:worker_threads'
  import { freePorts } from ${JSON.stringify(new URL('free-ports.js', import.meta.url).href)}
  parentPort.postMessage(await freePorts(60))
  parentPort.once('message', () => undefined)
`

/** What somebody gets who knows of nobody else, and begins to look at the same place. Nobody listens on these ports. */
async function asked(t: Test): Promise<readonly number[]> {
  const source = new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`)
  const worker = new Worker(source)
  t.teardown(() => worker.terminate())
  const [ports] = (await once(worker, 'message')) as [readonly number[]]
  return ports
}

const blockOf = (port: number): number => Math.floor(port / 50)

t.test('a port whose owner is down is given to no other test', async (t) => {
  const all = await Promise.all([asked(t), asked(t), asked(t)])
  all.push(await asked(t))
  t.same(
    all.map((ports) => new Set(ports).size),
    [60, 60, 60, 60],
  )
  const blocks = all.flatMap((ports) => [...new Set(ports.map(blockOf))])
  t.equal(new Set(blocks).size, blocks.length, 'nor any of the same block')
})
