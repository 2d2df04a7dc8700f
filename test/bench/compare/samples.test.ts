/** Medians and ratios of what was measured, and the tables and drawings of them. */
import t from 'tap'
import { barsOf } from '../../../bench/compare/bars.js'
import { jsonOf, type Findings } from '../../../bench/compare/findings.js'
import type { Cost } from '../../../bench/compare/measure.js'
import { COLD, ONE_SET, SETS, type Row } from '../../../bench/compare/rows.js'
import { p50, perSecond, Samples, type Sample } from '../../../bench/compare/samples.js'
import { markdownOf } from '../../../bench/compare/tables.js'

function cost(us: number): Cost {
  return { us, writes: 0.1, written: 300, toDisk: 4000, syncs: 0.01, gcShare: null }
}

function sample(contender: string, round: number, perSecond: number, { name }: Row = SETS): Sample {
  const costs = { leader: cost(10), follower: cost(5), client: null, all: cost(25) }
  return {
    round,
    contender,
    row: name,
    measured: { calls: 100, perSecond, p50: 1000 / perSecond, p99: 2000 / perSecond, costs },
  }
}

t.test('a ratio is the median of those within a round, whatever the rounds were like', async (t) => {
  const samples = new Samples([
    ...[100, 10, 1000].map((rate, round) => sample('floor', round, rate)),
    ...[50, 5, 500].map((rate, round) => sample('rollcall', round, rate)),
  ])
  t.equal(samples.median('rollcall', SETS, perSecond), 50)
  t.equal(samples.ratio('rollcall', 'floor', SETS, perSecond), 0.5)
  t.equal(samples.ratio('rollcall', 'floor', SETS, p50), 2)
})

t.test('what was not measured is no figure', async (t) => {
  const samples = new Samples([sample('rollcall', 0, 10)])
  t.equal(samples.median('rollcall', COLD, perSecond), undefined)
  t.equal(samples.ratio('rollcall', 'floor', SETS, perSecond), undefined)
  t.equal(
    samples.median('rollcall', SETS, ({ costs }) => costs.client?.us),
    undefined,
  )
})

const findings: Findings = {
  machine: { cores: 2, model: 'a processor', memoryBytes: 8e9, kernel: 'Linux 6', node: 'v20' },
  load: [0.5, 2],
  rounds: 1,
  seconds: 3,
  compared: [
    { name: 'floor', version: '1' },
    { name: 'rollcall', version: '2' },
    { name: 'redis', version: '7', promisesLess: 'one replica' },
  ],
  missing: [{ name: 'etcd', packageOfDebian: 'etcd-server' }],
  calls: { pipelined: { floor: 200_000, rollcall: 100_000, birpc: 150_000 }, streamed: { rollcall: 5 } },
  checkPerf: null,
  samples: [
    sample('floor', 0, 20_000),
    sample('rollcall', 0, 10_000),
    sample('redis', 0, 16_000),
    sample('floor', 0, 500, ONE_SET),
    sample('rollcall', 0, 400, ONE_SET),
  ],
}

t.test('the tables hold figures and their share of the floor, and a dash for what nobody has', async (t) => {
  const lines = markdownOf(findings).split('\n')
  t.ok(lines.includes('| rollcall | 400 (0.80) | - | 10,000 (0.50) | - |'))
  t.ok(lines.includes('| redis | - | - | 16,000 (0.80) | - |'))
  t.ok(lines.includes('| streamed | - | 5 | - |'))
  t.match(markdownOf(findings), 'etcd is left out: etcd-server brings it.')
  t.match(markdownOf(findings), 'redis promises less: one replica.')
})

t.test('where another one is ahead it is said, and the floor is no other one', async (t) => {
  const [, losses = ''] = markdownOf(findings).split('Where Rollcall loses:')
  t.match(losses, '- set, 256 in flight: redis does 1.60 times as many')
  t.match(losses, '- plain calls, pipelined: birpc does 1.50 times as many')
  t.notMatch(losses, /floor/)
})

t.test('each that is compared has a bar in each panel of the drawing, with its figure', async (t) => {
  const drawn = barsOf(findings)
  t.match(drawn, /^<svg /)
  for (const { name } of findings.compared) t.equal(drawn.split(`>${name}<`).length - 1, 3, name)
  t.match(drawn, '>10,000<')
  t.match(drawn, '>25.0 µs<')
  t.notMatch(drawn, /NaN|Infinity|undefined/)
})

t.test('the file is JSON, one sample a line', async (t) => {
  const text = jsonOf(findings)
  t.same(JSON.parse(text), findings)
  t.equal(text.split('\n').filter((line) => line.includes('"contender"')).length, findings.samples.length)
})
