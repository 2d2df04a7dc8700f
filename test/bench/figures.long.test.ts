/** A line of Figure 16 in full, as the page has it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { figures } from './figures.js'

const page = join(import.meta.dirname, '../../../docs/internals/figures.md')

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
