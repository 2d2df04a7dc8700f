/** `npm run figures`, its simulated part. */
import t from 'tap'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Teardown } from '../harness/cluster.js'
import { plainNode, temporaryFolder } from '../harness/processes.js'

const main = join(import.meta.dirname, '../../bench/figures/main.js')
const page = join(import.meta.dirname, '../../../docs/internals/figures.md')

function figures(t: Teardown, ...args: readonly string[]) {
  const folder = temporaryFolder(t)
  const command = [...plainNode, main, '--simulated', '--folder', folder, ...args]
  const { status, stdout, stderr } = spawnSync('env', command, { encoding: 'utf8' })
  const drawings = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  return { status, stdout, stderr, drawings }
}

t.test('two runs print the same figures and draw the same curves', async (t) => {
  const first = figures(t, '--trials', '2')
  const second = figures(t, '--trials', '2')
  t.equal(first.status, 0, first.stderr)
  t.equal(first.drawings.length, 2)
  t.same(second, first)
})

t.test(
  'a line alone comes out as it stands in docs/internals/figures.md, which has all of them',
  async (t) => {
    const { stdout } = figures(t, '--line', '100-200')
    const rows = stdout.split('\n').filter((line) => line.startsWith('| 100-200'))
    t.equal(rows.length, 2, 'as shipped, and without pre-vote')
    const lines = readFileSync(page, 'utf8').split('\n')
    for (const row of rows) t.ok(lines.includes(row), row)
  },
)

t.test('a known answer that is missed fails the check, by its name', async (t) => {
  const { status, stderr } = figures(t, '--trials', '1', '--check')
  t.equal(status, 1)
  t.match(stderr, /^missed: the .* agrees with /)
})

t.test('a line that Figure 16 does not have is refused', async (t) => {
  const { status, stderr } = figures(t, '--line', '1-2')
  t.equal(status, 1)
  t.match(stderr, 'Figure 16 has no line 1-2: 150-155,')
})
