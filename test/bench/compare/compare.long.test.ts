/** `npm run bench -- compare` in its smallest form: the floor and Rollcall, a moment for each row. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Findings } from '../../../bench/compare/findings.js'
import { plainNode, temporaryFolder } from '../../harness/processes.js'

const main = join(import.meta.dirname, '../../../bench/main.js')
const ENV = { BENCH_SECONDS: '0.1', BENCH_ROUNDS: '1', BENCH_COMPARE: 'floor rollcall' }

t.test(
  'tables, raw figures and a drawing of one run stand in the folder',
  { timeout: 300_000 },
  async (t) => {
    const folder = temporaryFolder(t)
    const command = [...plainNode, main, 'compare', '--out', folder]
    const { stdout } = await promisify(execFile)('env', command, { env: { ...process.env, ...ENV } })
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    const findings = JSON.parse(read('compare.json')) as Findings
    t.same(
      findings.compared.map(({ name }) => name),
      ['floor, no JSON', 'floor', 'rollcall'],
    )
    t.same(findings.missing, [])
    const samples = findings.samples.filter(({ contender }) => contender === 'rollcall')
    t.equal(samples.length, 7)
    for (const { row, measured } of samples) {
      t.ok(measured.calls > 0, row)
      if (row.startsWith('set')) t.ok((measured.costs.all?.syncs ?? 0) > 0, `${row}: made durable`)
    }
    const spent = (role: 'leader' | 'follower') =>
      samples.reduce((sum, { measured }) => sum + (measured.costs[role]?.us ?? 0), 0)
    t.ok(spent('leader') > spent('follower'), 'a leader has most to do')
    t.match(read('compare.svg'), /<svg [^]*rollcall[^]*<\/svg>/)
    t.ok(stdout.includes(read('compare.md').trim()), 'what is printed is what is written')
  },
)
