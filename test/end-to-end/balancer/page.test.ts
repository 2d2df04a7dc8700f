/** Every command of docs/balancer.md does what the page says. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { BalancerProcess } from '../../harness/balancer.js'
import { CALM } from '../../harness/calm.js'
import { Cluster } from '../../harness/cluster.js'

const project = join(import.meta.dirname, '../../../..')
const page = readFileSync(join(project, 'docs/balancer.md'), 'utf8')
const lines = [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.trim().split('\n'))

/** What each line prints, in the order of the page. */
const expected: readonly (readonly [begin: string, stdout: RegExp])[] = [
  ['npm run --silent rollcall -- balancer', /^/],
  ["curl -s -H 'content-type: application/json' -d", /^null$/],
  ["curl -s 'http://localhost:9080/kv/get", /^"blue"$/],
  ["curl -s 'http://localhost:9080/log/entries", /^\[\]$/],
  ["curl -s -i 'http://localhost:9080/kv/set", /^HTTP\/1\.1 405 Method Not Allowed\r\n[^]*allow: POST\r\n/i],
  ['npm run --silent rollcall -- call', /^5\n$/],
]

t.test('the page of the balancer does what it says', async (t) => {
  const cluster = await Cluster.start(t, 1, CALM)
  await cluster.leader(await cluster.connect())
  const balancer = await BalancerProcess.start(cluster)
  t.equal(lines.length, expected.length, 'every line is tried here')
  for (const [at, [begin, stdout]] of expected.entries()) {
    const line = lines[at] ?? ''
    t.ok(line.startsWith(begin), line)
    if (line.endsWith(' balancer')) continue
    const placed = line.replaceAll('localhost:9080', `localhost:${balancer.port}`)
    const ran = await promisify(execFile)('sh', ['-c', `unset NODE_OPTIONS\n${placed}`], { cwd: project })
    t.match(ran.stdout, stdout, line)
  }
})
