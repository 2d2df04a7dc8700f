/** What a set of measured times comes to. */

export interface Distribution {
  /** In ascending order, in milliseconds. */
  readonly sorted: readonly number[]
  readonly mean: number
}

export function distributionOf(times: readonly number[]): Distribution {
  if (times.length === 0) throw new RangeError('no times')
  const sorted = [...times].sort((a, b) => a - b)
  return { sorted, mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length }
}

/** The smallest time that a part `q` of all (0 to 1) does not exceed. */
export function quantile({ sorted }: Distribution, q: number): number {
  const at = Math.max(Math.ceil(sorted.length * q) - 1, 0)
  return sorted[at] ?? NaN
}
