/** What the Raft paper and the thesis say: the numbers that ours stand beside. All times in milliseconds. */

export interface Range {
  readonly min: number
  readonly max: number
}

export interface PublishedLine {
  /** Election timeouts are drawn from it. */
  readonly timeout: Range
  readonly min: number
  readonly p10: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly worst: number
  readonly mean: number
}

function line(timeout: Range, figures: readonly [number, number, number, number, number, number, number]) {
  const [min, p10, p50, p90, p99, worst, mean] = figures
  return { timeout, min, p10, p50, p90, p99, worst, mean }
}

/** Paper, Figure 16, above: another amount of randomness, the same minimum. 1,000 trials a line. */
export const RANDOMNESS: readonly PublishedLine[] = [
  line({ min: 150, max: 155 }, [85, 119, 287, 609, 1242, 2143, 345]),
  line({ min: 150, max: 175 }, [84, 107, 141, 291, 467, 610, 164]),
  line({ min: 150, max: 200 }, [87, 110, 146, 193, 352, 512, 156]),
  line({ min: 150, max: 300 }, [93, 125, 171, 244, 415, 603, 181]),
]

/** Paper, Figure 16, below: another minimum, twice as much at most. */
export const SCALE: readonly PublishedLine[] = [
  line({ min: 12, max: 24 }, [15, 20, 30, 53, 87, 152, 34.7]),
  line({ min: 25, max: 50 }, [24, 31, 43, 74, 119, 276, 48]),
  line({ min: 50, max: 100 }, [37, 48, 67, 96, 169, 253, 71]),
  line({ min: 100, max: 200 }, [66, 85, 120, 166, 277, 335, 126]),
]

export const FIGURE_16: readonly PublishedLine[] = [...RANDOMNESS, ...SCALE]

/** Thesis, §9.4, "Simulated WAN network": five servers, so many of them down. 10,000 elections each. */
export const WAN = [
  { down: 1, mean: 475, p999: 1500 },
  { down: 2, mean: 650, p999: 3000 },
] as const

export type WanAnswer = (typeof WAN)[number]

export function nameOf({ min, max }: Range): string {
  return `${min}-${max}`
}
