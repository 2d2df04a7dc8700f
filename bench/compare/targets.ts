/** What a comparison must show. Without one of those that are compared there is nothing to miss. */
import { target } from '../report.js'
import { ETCD } from './contenders/etcd.js'
import { FLOOR } from './contenders/floor.js'
import { ROLLCALL } from './contenders/rollcall.js'
import type { Findings } from './findings.js'
import { COLD, GETS, MANY_SETS, ONE_SET, SETS, type Row } from './rows.js'
import { cpu, p50, perSecond, Samples, type Figure } from './samples.js'

export function judge(findings: Findings): void {
  const samples = new Samples(findings.samples)
  const own = ROLLCALL.name
  const beside = (other: string, row: Row, pick: Figure): number | undefined =>
    samples.ratio(own, other, row, pick)
  const ofOwn = (row: Row, pick: Figure): number | undefined => samples.median(own, row, pick)
  const plain = findings.calls['pipelined']?.[own]

  most('µs of processor a command in all, of the floor', beside(FLOOR.name, SETS, cpu('all')), 2.2)
  least('commands/s at 256 in flight, of the floor', beside(FLOOR.name, SETS, perSecond), 0.5)
  least("commands/s at 256 in flight, of etcd's gateway", beside(ETCD.name, SETS, perSecond), 20)
  least(
    "commands/s at 256 in flight, of etcd's check perf",
    over(ofOwn(SETS, perSecond), findings.checkPerf),
    12,
  )
  least("commands/s at 1,024 in flight, of etcd's gateway", beside(ETCD.name, MANY_SETS, perSecond), 30)
  most('one at a time, warm: p50, of the floor', beside(FLOOR.name, ONE_SET, p50), 1.5)
  most('one at a time, warm: p50, of etcd', beside(ETCD.name, ONE_SET, p50), 0.5)
  most('one at a time: p50 of the first 200, of warm', over(ofOwn(COLD, p50), ofOwn(ONE_SET, p50)), 2)
  least('linearizable reads/s at 256, of plain calls', over(ofOwn(GETS, perSecond), plain), 0.8)
}

function over(value: number | undefined, base: number | null | undefined): number | undefined {
  return value === undefined || !base ? undefined : value / base
}

function least(what: string, ratio: number | undefined, min: number): void {
  if (ratio !== undefined) target(`${what}: at least ${min} (${ratio.toFixed(2)})`, ratio >= min)
}

function most(what: string, ratio: number | undefined, max: number): void {
  if (ratio !== undefined) target(`${what}: at most ${max} (${ratio.toFixed(2)})`, ratio <= max)
}
