/** The findings as Markdown, as it can stand in docs/performance.md. */
import { count, size } from '../report.js'
import { FLOOR } from './contenders/floor.js'
import { ROLLCALL } from './contenders/rollcall.js'
import type { Cost, RoleName } from './measure.js'
import type { Findings } from './findings.js'
import { COLD, GETS, MANY_SETS, ONE_GET, ONE_SET, SETS, WARM, type Row } from './rows.js'
import { cpu, p50, p99, perSecond, Samples, type Figure } from './samples.js'

const ROLES: readonly RoleName[] = ['leader', 'follower', 'client', 'all']
const NOTHING = '-'

/** One paragraph or table each. */
export function markdownOf(findings: Findings): string {
  const samples = new Samples(findings.samples)
  const names = findings.compared.map(({ name }) => name)
  const tables = [rates, latencies, processor, systemCalls, reads].map((table) => table(samples, names))
  return [circumstances(findings), ...tables, plainCalls(findings), losses(findings, samples)].join('\n\n')
}

function circumstances(findings: Findings): string {
  const { machine, load, rounds, seconds, compared, missing, checkPerf } = findings
  const programs = compared.filter(({ name }) => !isFloor(name))
  const versions = programs.map(({ name, version }) => `${name} ${version}`).join(', ')
  const less = compared.flatMap(({ name, promisesLess }) =>
    promisesLess === undefined ? [] : [`${name} promises less: ${promisesLess}.`],
  )
  const left = missing.map(
    ({ name, packageOfDebian }) => `${name} is left out: ${packageOfDebian} brings it.`,
  )
  const own = checkPerf === null ? [] : [`etcd's own \`check perf --load l\`: ${count(checkPerf)} writes/s.`]
  return [
    `${machine.cores} cores (${machine.model}), ${size(machine.memoryBytes)}, ${machine.kernel}, Node.js ${machine.node};`,
    `load ${load[0].toFixed(1)} before and ${load[1].toFixed(1)} after;`,
    `medians of ${rounds} rounds, ${seconds} s a row. ${versions}.`,
    ...less,
    ...own,
    ...left,
  ].join(' ')
}

function rates(samples: Samples, names: readonly string[]): string {
  const rows = WARM.filter(({ operation }) => operation === 'set')
  const head = ['commands/s (of the floor)', ...rows.map(({ inFlight }) => `${count(inFlight)} in flight`)]
  const cell = (name: string, row: Row): string => withRatio(samples, name, row, perSecond, count)
  return table(
    head,
    names.map((name) => [name, ...rows.map((row) => cell(name, row))]),
  )
}

function latencies(samples: Samples, names: readonly string[]): string {
  const columns: readonly (readonly [string, Row, Figure])[] = [
    ['first 200, one at a time: p50', COLD, p50],
    ['one at a time, warm: p50', ONE_SET, p50],
    ['p99', ONE_SET, p99],
    ['256 in flight: p50', SETS, p50],
    ['p99', SETS, p99],
  ]
  const cell = (name: string, row: Row, pick: Figure): string => shown(samples.median(name, row, pick), ms)
  const head = ['milliseconds', ...columns.map(([title]) => title)]
  return table(
    head,
    names.map((name) => [name, ...columns.map(([, row, pick]) => cell(name, row, pick))]),
  )
}

function processor(samples: Samples, names: readonly string[]): string {
  const head = ['µs of processor a command (of the floor), 256 in flight', ...ROLES]
  const cell = (name: string, role: RoleName): string => withRatio(samples, name, SETS, cpu(role), micro)
  return table(
    head,
    names.map((name) => [name, ...ROLES.map((role) => cell(name, role))]),
  )
}

function systemCalls(samples: Samples, names: readonly string[]): string {
  const of =
    (what: (cost: Cost) => number | null): Figure =>
    ({ costs }) =>
      costs.all && what(costs.all)
  const gc =
    (role: RoleName): Figure =>
    ({ costs }) =>
      costs[role]?.gcShare
  const columns: readonly (readonly [string, Figure, (value: number) => string])[] = [
    ['write calls', of(({ writes }) => writes), small],
    ['bytes written to sockets and files', of(({ written }) => written), count],
    ['bytes for the disks', of(({ toDisk }) => toDisk), count],
    ['syncs', of(({ syncs }) => syncs), small],
    ['time in GC: leader', gc('leader'), percent],
    ['follower', gc('follower'), percent],
    ['client', gc('client'), percent],
  ]
  const head = ['a command, all processes, 256 in flight', ...columns.map(([title]) => title)]
  const cells = (name: string): readonly string[] =>
    columns.map(([, pick, show]) => shown(samples.median(name, SETS, pick), show))
  return table(
    head,
    names.map((name) => [name, ...cells(name)]),
  )
}

function reads(samples: Samples, names: readonly string[]): string {
  const columns: readonly (readonly [string, Row, Figure, (value: number) => string])[] = [
    ['1 in flight', ONE_GET, perSecond, count],
    ['p50 ms', ONE_GET, p50, ms],
    ['256 in flight', GETS, perSecond, count],
    ['p50 ms', GETS, p50, ms],
    ['µs of processor, all', GETS, cpu('all'), micro],
  ]
  const readers = names.filter((name) => samples.median(name, GETS, perSecond) !== undefined)
  const head = ['linearizable reads/s', ...columns.map(([title]) => title)]
  const cells = (name: string): readonly string[] =>
    columns.map(([, row, pick, show]) => shown(samples.median(name, row, pick), show))
  return table(
    head,
    readers.map((name) => [name, ...cells(name)]),
  )
}

function plainCalls({ calls }: Findings): string {
  const libraries = [...new Set(Object.values(calls).flatMap((of) => Object.keys(of)))]
  const rows = Object.entries(calls).map(([row, of]) => [
    row,
    ...libraries.map((name) => shown(of[name], count)),
  ])
  return table(['plain calls/s', ...libraries], rows)
}

/** Whoever is ahead of us, and by how much. The floor always is. */
function losses({ calls, compared }: Findings, samples: Samples): string {
  const own = ROLLCALL.name
  const others = compared.map(({ name }) => name).filter((name) => name !== own && !isFloor(name))
  const commands = others.flatMap((name) => [
    ...WARM.map((row) => more(row.name, name, samples.ratio(name, own, row, perSecond))),
    ...[COLD, ONE_SET, MANY_SETS].map((row) =>
      dearer(row.name, 'p50', name, samples.ratio(own, name, row, p50)),
    ),
    dearer(SETS.name, 'processor time in all', name, samples.ratio(own, name, SETS, cpu('all'))),
  ])
  const plain = Object.entries(calls).flatMap(([row, { rollcall = NaN, floor, ...libraries }]) =>
    Object.entries(libraries).map(([name, value]) => more(`plain calls, ${row}`, name, value / rollcall)),
  )
  const ahead = [...commands, ...plain].filter((line) => line !== undefined)
  return ['Where Rollcall loses:', '', ...(ahead.length === 0 ? ['- nowhere in this run'] : ahead)].join('\n')
}

function more(what: string, name: string, ratio: number | undefined): string | undefined {
  return ratio !== undefined && ratio > 1
    ? `- ${what}: ${name} does ${small(ratio)} times as many`
    : undefined
}

function dearer(what: string, of: string, name: string, ratio: number | undefined): string | undefined {
  return ratio !== undefined && ratio > 1
    ? `- ${what}: ${of} is ${small(ratio)} times that of ${name}`
    : undefined
}

function withRatio(
  samples: Samples,
  name: string,
  row: Row,
  pick: Figure,
  show: (value: number) => string,
): string {
  const ratio = samples.ratio(name, FLOOR.name, row, pick)
  const value = shown(samples.median(name, row, pick), show)
  return ratio === undefined || name === FLOOR.name ? value : `${value} (${small(ratio)})`
}

function shown(value: number | undefined, show: (value: number) => string): string {
  return value === undefined ? NOTHING : show(value)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, at) => (at === 0 ? '---' : '--:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** It has no version, and is nobody else's. */
const isFloor = (name: string): boolean => name.startsWith(FLOOR.name)
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0)
const micro = (value: number): string => value.toFixed(1)
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
const small = (value: number): string => (value < 0.1 ? value.toPrecision(2) : value.toFixed(2))
