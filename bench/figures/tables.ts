/**
 * Ours beside the published numbers, as rows of Markdown: what is printed can stand in docs/internals/figures.md as it
 * is.
 */
import type { Distribution } from './distribution.js'
import { quantile } from './distribution.js'
import type { PublishedLine, WanAnswer } from './published.js'
import { nameOf } from './published.js'

export const FIGURE_16_HEAD = [
  '| timeouts | min | p10 | p50 | p90 | p99 | worst | mean | median differs by |',
  '|---|---|---|---|---|---|---|---|---|',
] as const

/** Each cell: ours / published. */
export function figure16Row(published: PublishedLine, ours: Distribution): string {
  const at = (q: number, theirs: number) => `${ms(quantile(ours, q))} / ${ms(theirs)}`
  const cells = [
    nameOf(published.timeout),
    at(0, published.min),
    at(0.1, published.p10),
    at(0.5, published.p50),
    at(0.9, published.p90),
    at(0.99, published.p99),
    at(1, published.worst),
    `${ms(ours.mean)} / ${ms(published.mean)}`,
    percent(medianError(published, ours)),
  ]
  return row(cells)
}

export const WAN_HEAD = [
  '| servers down | algorithm | mean | p99.9 | mean differs by |',
  '|---|---|---|---|---|',
] as const

export function wanRow(published: WanAnswer, algorithm: string, ours: Distribution): string {
  const means = `${ms(ours.mean)} / ${ms(published.mean)}`
  const tails = `${ms(quantile(ours, 0.999))} / ${ms(published.p999)}`
  return row([`${published.down} of 5`, algorithm, means, tails, percent(meanError(published, ours))])
}

export function medianError({ p50 }: PublishedLine, ours: Distribution): number {
  return quantile(ours, 0.5) / p50 - 1
}

export function meanError({ mean }: WanAnswer, ours: Distribution): number {
  return ours.mean / mean - 1
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function ms(time: number): string {
  return Math.round(time).toLocaleString('en-US')
}

function percent(part: number): string {
  const value = (part * 100).toFixed(1)
  return `${part > 0 ? '+' : ''}${value} %`
}
