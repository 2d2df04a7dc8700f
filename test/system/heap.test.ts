/** How long a process of our own stands still while its garbage is collected. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const heap = join(import.meta.dirname, '../../lib/system/heap.js')
const commands = join(import.meta.dirname, '../../lib/system/command-module.js')

/**
 * Objects that stay, as those of thousands of connections do, and how large the space of new ones became meanwhile, in
 * MiB; the same again after a thread has begun, and after the space was made small, as it is while little is to do.
 */
const PROGRAM = `
import { once } from 'node:events'
import { Session } from 'node:inspector'
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import yargs from 'yargs'
import { keepPausesShort } from ${JSON.stringify(heap)}
import { defineService } from ${JSON.stringify(commands)}
const how = process.argv[1]
if (how === 'short') keepPausesShort()
if (how === 'service') {
  const service = { command: 'serves', describe: '', builder: (yargs) => yargs, handler: () => undefined }
  await defineService(service).declare(yargs()).parseAsync('serves')
}
async function largest() {
  const kept = []
  let most = 0
  // So few in a turn that between two collections there is a look.
  for (let turn = 0; turn < 600; turn++) {
    for (let n = 0; n < 2_000; n++) kept.push({ n, text: \`\${n} of \${turn}\` })
    await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)
  }
  return most / 2 ** 20
}
const sizes = [await largest()]
if (how === 'short') {
  await once(new Worker('0', { eval: true }), 'exit')
  const told = new Promise((resolve) => new PerformanceObserver(resolve).observe({ entryTypes: ['gc'] }))
  gc({ type: 'minor' })
  await told
  sizes.push(await largest())
  const session = new Session()
  session.connect()
  session.post('HeapProfiler.collectGarbage')
  await new Promise((resolve) => setImmediate(resolve))
  sizes.push(await largest())
}
console.log(JSON.stringify(sizes))
process.exit()
`

/** How many times what it holds a heap has at the most, while what lives for a while comes and goes. */
const LARGE_PROGRAM = `
import { getHeapStatistics } from 'node:v8'
import { keepHeapSmall } from ${JSON.stringify(heap)}
if (process.argv[1] === 'small') keepHeapSmall()
const used = () => getHeapStatistics().used_heap_size
const textOf = (n) => ({ text: JSON.parse(JSON.stringify(String(n).padEnd(100, 'x') + n)) })
const kept = Array.from({ length: 200_000 }, (_, n) => textOf(n))
const lately = []
let most = 0
for (let n = 0; n < 600_000; n++) {
  lately[n % 60_000] = textOf(n)
  if (n % 1_000 > 0) continue
  await new Promise((resolve) => setImmediate(resolve))
  most = Math.max(most, used())
}
gc()
console.log(JSON.stringify([most / used(), kept.length]))
process.exit()
`

function sizes(how: string, program = PROGRAM, flags: readonly string[] = []): readonly number[] {
  const args = [...flags, '--expose-gc', '--input-type=module', '-e']
  const printed = execFileSync(process.execPath, [...args, program, how]).toString()
  return JSON.parse(printed) as number[]
}

t.test('the space of new objects, which is copied while nothing else runs, stays at an eighth', async (t) => {
  const [long = 0] = sizes('')
  const [short = 0, besideThread = 0, again = 0] = sizes('short')
  t.ok(long >= 2 * short, `${short} MiB, and ${long} MiB as the engine has it`)
  t.ok(short <= 4)
  t.ok(besideThread <= 8, `${besideThread} MiB: with a thread it may grow once more before that is seen`)
  t.ok(again >= short, `it has grown again to ${again} MiB after it was made small`)
})

t.test('so it does in every process that serves', async (t) => {
  const [ofService = 0] = sizes('service')
  t.ok(ofService <= 4, `${ofService} MiB`)
})

t.test('a heap that holds much is collected long before it has doubled', async (t) => {
  const [doubled = 0] = sizes('', LARGE_PROGRAM, ['--heap-growing-percent=100'])
  const [small = 0] = sizes('small', LARGE_PROGRAM)
  t.ok(small < 0.9 * doubled, `${small} times what it holds, and ${doubled} where it may double`)
})
