/** Curves of how many trials were over after how long, drawn as SVG: a logarithmic axis of time, light and dark. */
import type { Distribution } from './distribution.js'
import { quantile } from './distribution.js'
import { COLOURS, drawing, escape } from '../drawing.js'

export interface Curve {
  readonly name: string
  readonly times: Distribution
  /** Points that were published: after so many milliseconds a part `q` of all trials was over. */
  readonly published: readonly { readonly at: number; readonly q: number }[]
}

export interface Panel {
  readonly title: string
  /** Both ends of the axis of time, in milliseconds. */
  readonly from: number
  readonly to: number
  readonly curves: readonly Curve[]
}

const WIDTH = 720
const PANEL = { left: 62, right: 150, top: 36, bottom: 46, height: 300 }
const PLOT = { width: WIDTH - PANEL.left - PANEL.right, height: PANEL.height - PANEL.top - PANEL.bottom }

export function drawChart(title: string, panels: readonly Panel[]): string {
  const height = panels.length * PANEL.height
  const drawn = panels.map(
    (panel, at) => `<g transform="translate(0 ${at * PANEL.height})">\n${draw(panel)}\n</g>`,
  )
  return drawing(title, { width: WIDTH, height }, drawn)
}

function draw(panel: Panel): string {
  const parts = [
    `<text class="title" x="${PANEL.left}" y="20">${escape(panel.title)}</text>`,
    ...partsAxis(),
    ...timeAxis(panel),
    ...panel.curves.flatMap((curve, at) => drawCurve(panel, curve, at)),
    ...publishedKey(panel.curves.length),
  ]
  return parts.join('\n')
}

function partsAxis(): readonly string[] {
  const middle = PANEL.top + PLOT.height / 2
  const label = `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">trials that are over</text>`
  const lines = [0, 0.25, 0.5, 0.75, 1].map((q) => {
    const y = yOf(q)
    const grid = `<line class="grid" x1="${PANEL.left}" x2="${PANEL.left + PLOT.width}" y1="${y}" y2="${y}"/>`
    return `${grid}<text x="${PANEL.left - 8}" y="${y + 4}" text-anchor="end">${q * 100} %</text>`
  })
  return [label, ...lines]
}

function timeAxis(panel: Panel): readonly string[] {
  const bottom = PANEL.top + PLOT.height
  const middle = PANEL.left + PLOT.width / 2
  const label = `<text x="${middle}" y="${bottom + 38}" text-anchor="middle">time without leader (ms)</text>`
  const lines = tickMarks(panel).map((time) => {
    const x = xOf(panel, time)
    const grid = `<line class="grid" x1="${x}" x2="${x}" y1="${PANEL.top}" y2="${bottom}"/>`
    return `${grid}<text x="${x}" y="${bottom + 18}" text-anchor="middle">${time.toLocaleString('en-US')}</text>`
  })
  return [label, ...lines]
}

/** 1, 2 and 5 times each power of ten. */
function tickMarks({ from, to }: Panel): readonly number[] {
  const powers = [1, 10, 100, 1000, 10_000]
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((time) => time >= from && time <= to)
}

function drawCurve(panel: Panel, curve: Curve, at: number): readonly string[] {
  const colour = `c${at % COLOURS.length}`
  const points = steps(curve.times).map(({ time, q }) => `${xOf(panel, time)},${yOf(q)}`)
  const x = PANEL.left + PLOT.width + 14
  const y = PANEL.top + 14 + at * 20
  const marks = curve.published.map(
    (mark) => `<circle class="point" cx="${xOf(panel, mark.at)}" cy="${yOf(mark.q)}" r="3.5"/>`,
  )
  return [
    `<g class="${colour}"><polyline class="curve" points="${points.join(' ')}"/>${marks.join('')}`,
    `<rect class="key" x="${x}" y="${y - 9}" width="12" height="4"/><text x="${x + 18}" y="${y - 2}">${escape(curve.name)}</text></g>`,
  ]
}

function publishedKey(row: number): readonly string[] {
  const x = PANEL.left + PLOT.width + 14
  const y = PANEL.top + 14 + row * 20
  return [
    `<circle class="point c0" cx="${x + 6}" cy="${y - 6}" r="3.5"/><text x="${x + 18}" y="${y - 2}">published</text>`,
  ]
}

/** Enough points for the eye, whatever the number of trials. */
function steps(times: Distribution): readonly { time: number; q: number }[] {
  const parts = Math.min(times.sorted.length, 250)
  const first = { time: quantile(times, 0), q: 0 }
  return [
    first,
    ...Array.from({ length: parts }, (_, n) => (n + 1) / parts).map((q) => ({ time: quantile(times, q), q })),
  ]
}

function xOf({ from, to }: Panel, time: number): number {
  const within = Math.min(Math.max(time, from), to)
  return rounded(PANEL.left + (PLOT.width * Math.log(within / from)) / Math.log(to / from))
}

function yOf(q: number): number {
  return rounded(PANEL.top + PLOT.height * (1 - q))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
