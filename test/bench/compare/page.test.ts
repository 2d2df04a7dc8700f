/** docs/performance.md holds the figures of one run, as they were written beside it, and no other ones. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { barsOf } from '../../../bench/compare/bars.js'
import type { Findings } from '../../../bench/compare/findings.js'
import { markdownOf } from '../../../bench/compare/tables.js'

const docs = join(import.meta.dirname, '../../../../docs')
const read = (name: string): string => readFileSync(join(docs, name), 'utf8')
const findings = JSON.parse(read('performance/compare.json')) as Findings

t.test('the tables of the page are those of its raw figures', async (t) => {
  const page = read('performance.md')
  for (const part of markdownOf(findings).split('\n\n')) t.ok(page.includes(part), part)
})

t.test('the drawing is that of the same figures', async (t) => {
  t.equal(read('performance/compare.svg'), barsOf(findings))
})
