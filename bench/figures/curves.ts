/** The drawings under docs/internals/figures. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Curve, Panel } from './chart.js'
import { drawChart } from './chart.js'
import type { Distribution } from './distribution.js'
import type { PublishedLine } from './published.js'
import { nameOf, RANDOMNESS, SCALE } from './published.js'

export type Lines = ReadonlyMap<PublishedLine, Distribution>

/** As in the paper: above with more and more randomness, below with a longer and longer minimum. */
export function writeFigure16(folder: string, file: string, title: string, lines: Lines): void {
  const panels: readonly Panel[] = [
    { title: 'More randomness, the same minimum', from: 50, to: 2000, curves: curvesOf(RANDOMNESS, lines) },
    { title: 'A longer minimum, twice as much at most', from: 10, to: 500, curves: curvesOf(SCALE, lines) },
  ]
  write(folder, file, title, panels)
}

export function writeWan(folder: string, curves: readonly Curve[]): void {
  const title = 'Five servers 30 to 40 ms apart, timeouts of 300-600 ms'
  write(folder, 'wan.svg', title, [{ title, from: 200, to: 5000, curves }])
}

function curvesOf(published: readonly PublishedLine[], lines: Lines): readonly Curve[] {
  return published.flatMap((line) => {
    const times = lines.get(line)
    if (times === undefined) return []
    return [{ name: `${nameOf(line.timeout)} ms`, times, published: pointsOf(line) }]
  })
}

function pointsOf({ p10, p50, p90, p99 }: PublishedLine): Curve['published'] {
  return [
    { at: p10, q: 0.1 },
    { at: p50, q: 0.5 },
    { at: p90, q: 0.9 },
    { at: p99, q: 0.99 },
  ]
}

function write(folder: string, file: string, title: string, panels: readonly Panel[]): void {
  writeFileSync(join(folder, file), drawChart(title, panels))
}
