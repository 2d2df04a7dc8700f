/**
 * Rollcall beside what else one might take, and beside the floor: the same loop, values and number of members, each
 * alone on the machine in its turn. Linux only.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Teardown } from '../../test/harness/cluster.js'
import { calls } from '../calls/calls.js'
import { barsOf } from './bars.js'
import { checkPerf } from './check-perf.js'
import type { Contender } from './contender.js'
import { ETCD } from './contenders/etcd.js'
import { CONTENDERS } from './contenders/index.js'
import { loadNow, thisMachine } from './machine.js'
import { jsonOf, rounded, type Compared, type Missing, type Findings } from './findings.js'
import { inTurns } from './rounds.js'
import { markdownOf } from './tables.js'
import { judge } from './targets.js'

export interface CompareOptions {
  readonly rounds: number
  /** How long each row of each is measured in a round. */
  readonly ms: number
  /** Words with which names begin. Default: everybody. */
  readonly only: string | undefined
  /** Where its files go: `compare.json`, `compare.md` and `compare.svg`. Default: nowhere. */
  readonly out: string | undefined
}

export async function compare(teardown: Teardown, options: CompareOptions): Promise<void> {
  const { rounds, ms, out } = options
  const isWanted = wanted(options.only)
  const asked = CONTENDERS.filter(({ name }) => isWanted(name))
  const here = asked.filter(({ version }) => version() !== null)
  const missing = asked.filter((contender) => !here.includes(contender)).map(missingOf)
  for (const one of missing)
    process.stdout.write(`${one.name} is left out: the Debian package ${one.packageOfDebian} brings it\n`)
  const before = loadNow()
  const plain = await calls(teardown, { rounds, ms: ms / 3, only: isWanted })
  const samples = await inTurns(teardown, here, { rounds, ms })
  const findings = rounded({
    machine: thisMachine(),
    rounds,
    seconds: ms / 1000,
    compared: here.map(comparedOf),
    missing,
    calls: Object.fromEntries([...plain].map(([row, of]) => [row, Object.fromEntries(of)])),
    checkPerf: here.includes(ETCD) ? await checkPerf(teardown) : null,
    load: [before, loadNow()],
    samples,
  })
  process.stdout.write(`\n${markdownOf(findings)}\n`)
  if (out !== undefined) write(out, findings)
  judge(findings)
}

function wanted(only: string | undefined): (name: string) => boolean {
  const words = only?.split(' ')
  return (name) => words === undefined || words.some((word) => name.startsWith(word))
}

function comparedOf({ name, version, promisesLess }: Contender): Compared {
  return { name, version: version() ?? '', ...(promisesLess === undefined ? {} : { promisesLess }) }
}

function missingOf({ name, packageOfDebian }: Contender): Missing {
  return { name, packageOfDebian }
}

function write(folder: string, findings: Findings): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'compare.json'), jsonOf(findings))
  writeFileSync(join(folder, 'compare.md'), `${markdownOf(findings)}\n`)
  writeFileSync(join(folder, 'compare.svg'), barsOf(findings))
}
