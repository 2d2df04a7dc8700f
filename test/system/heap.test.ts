/** How long a process of our own stands still while its garbage is collected. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const heap = join(import.meta.dirname, '../../lib/system/heap.js')

/** Objects that stay, as those of thousands of connections do, and the largest space of new ones that was seen. */
const PROGRAM = `
import { getHeapSpaceStatistics } from 'node:v8'
import { keepPausesShort } from ${JSON.stringify(heap)}
if (process.argv[1] === 'short') keepPausesShort()
const kept = []
let most = 0
for (let turn = 0; turn < 60; turn++) {
  for (let n = 0; n < 20_000; n++) kept.push({ n, text: \`\${n} of \${turn}\` })
  await new Promise((resolve) => setImmediate(resolve))
  most = Math.max(most, getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)
}
console.log(most / 2 ** 20)
`

function largest(how: string): number {
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, how]).toString())
}

t.test('the space of new objects, which is copied while nothing else runs, stays at a quarter', async (t) => {
  const [short, long] = [largest('short'), largest('')]
  t.ok(long >= 2 * short, `${short} MiB, and ${long} MiB as the engine has it`)
  t.ok(short <= 8)
})
