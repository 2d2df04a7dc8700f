/** The findings as bars: commands a second, and what one costs in processor time, by role. */
import { COLOURS, drawing, escape } from '../drawing.js'
import { count } from '../report.js'
import type { RoleName } from './measure.js'
import type { Findings } from './findings.js'
import { ONE_SET, SETS } from './rows.js'
import { cpu, p50, perSecond, Samples } from './samples.js'

interface Part {
  readonly name: string
  readonly value: number
}

interface Bar {
  readonly name: string
  readonly parts: readonly Part[]
  /** What stands behind it. */
  readonly text: string
}

interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const WIDTH = 720
const LEFT = 120
const RIGHT = 130
const HEAD = 44
const BAR = 24
const FOOT = 16
const ROLES: readonly RoleName[] = ['leader', 'follower', 'client']

export function barsOf(findings: Findings): string {
  const all = panels(findings)
  const tops = all.map((_, at) => all.slice(0, at).reduce((sum, panel) => sum + heightOf(panel), 0))
  const height = all.reduce((sum, panel) => sum + heightOf(panel), 0)
  const drawn = all.map((panel, at) => `<g transform="translate(0 ${tops[at] ?? 0})">\n${draw(panel)}\n</g>`)
  return drawing('Rollcall beside others', { width: WIDTH, height }, drawn)
}

function panels({ compared, samples: all }: Findings): readonly Panel[] {
  const samples = new Samples(all)
  const names = compared.map(({ name }) => name)
  const single = (name: string, value: number | undefined, show: (value: number) => string): Bar => ({
    name,
    parts: value === undefined ? [] : [{ name: '', value }],
    text: value === undefined ? '-' : show(value),
  })
  return [
    {
      title: 'Commands a second, 256 in flight',
      bars: names.map((name) => single(name, samples.median(name, SETS, perSecond), count)),
    },
    {
      title: 'Microseconds of processor a command, 256 in flight',
      bars: names.map((name) => costs(samples, name)),
    },
    {
      title: 'One command at a time, p50',
      bars: names.map((name) =>
        single(name, samples.median(name, ONE_SET, p50), (value) => `${value.toFixed(2)} ms`),
      ),
    },
  ]
}

/** All followers together stand between leader and client. */
function costs(samples: Samples, name: string): Bar {
  const of = (role: RoleName): number => samples.median(name, SETS, cpu(role)) ?? 0
  const all = of('all')
  const value = (role: RoleName): number =>
    role === 'follower' ? Math.max(0, all - of('leader') - of('client')) : of(role)
  const named = (role: RoleName): string => (role === 'follower' ? 'followers' : role)
  return {
    name,
    parts: ROLES.map((role) => ({ name: named(role), value: value(role) })),
    text: `${all.toFixed(1)} µs`,
  }
}

function heightOf({ bars }: Panel): number {
  return HEAD + bars.length * BAR + FOOT
}

function draw({ title, bars }: Panel): string {
  const longest = Math.max(...bars.map(lengthOf), Number.MIN_VALUE)
  const scale = (WIDTH - LEFT - RIGHT) / longest
  const keys = bars[0]?.parts.filter(({ name }) => name !== '') ?? []
  return [
    `<text class="title" x="16" y="20">${escape(title)}</text>`,
    ...keys.map(({ name }, at) => keyOf(name, at)),
    ...bars.flatMap((bar, at) => drawBar(bar, HEAD + at * BAR, scale)),
  ].join('\n')
}

function keyOf(name: string, at: number): string {
  const x = LEFT + at * 100
  return `<g class="${colour(at)}"><rect class="key" x="${x}" y="30" width="10" height="6"/><text x="${x + 16}" y="37">${name}</text></g>`
}

function drawBar({ name, parts, text }: Bar, y: number, scale: number): readonly string[] {
  const end = LEFT + rounded(parts.reduce((sum, { value }) => sum + value, 0) * scale)
  const drawn = parts.map(({ value }, at) => {
    const before = parts.slice(0, at).reduce((sum, part) => sum + part.value, 0)
    const [x, width] = [LEFT + rounded(before * scale), rounded(value * scale)]
    return `<rect class="key ${colour(at)}" x="${x}" y="${y}" width="${width}" height="${BAR - 8}"/>`
  })
  return [
    `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escape(name)}</text>`,
    ...drawn,
    `<text x="${end + 8}" y="${y + 12}">${text}</text>`,
  ]
}

function lengthOf({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0)
}

const colour = (at: number): string => `c${at % COLOURS.length}`
const rounded = (value: number): number => Math.round(value * 10) / 10
