/** `npm run social`: what its page shows, and a small load. */
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { social } from './modules.js'

t.setTimeout(600_000)

const CLUSTERS = 3

/** As it is started, at ports that are free. */
async function run(t: { teardown(task: () => unknown): void }, ...args: readonly string[]): Promise<string> {
  const [port = 0] = await freePorts(1 + 4 * CLUSTERS)
  const env = { PORT: String(port) }
  const running = new Running(args, temporaryFolder(t), env, join(social, 'main.js'))
  t.teardown(() => running.kill())
  const { status, stdout, stderr } = await running.ended
  if (status !== 0) throw new Error(stderr)
  return stdout
}

t.test('two users talk, and it ends', async (t) => {
  const page = readFileSync(join(social, 'README.md'), 'utf8')
  const [, shown] = /and ends:\n\n```\n(.*?)^```$/ms.exec(page) ?? []
  t.equal(await run(t), shown)
})

t.test('a small load: each follower has each post once, in order, though processes are killed', async (t) => {
  const size = ['--users', '120', '--follows', '900', '--rate', '40', '--seconds', '10', '--kill-every', '2']
  t.match(
    await run(t, '--load', ...size),
    /^120 users in 3 clusters, 900 follows\n400 posts, \d+ processes killed; \d+ deliveries, each once and in order\n.*p50 \d+ ms, p99 \d+ ms/,
  )
})
