/** What was measured, row by row and round by round, and its medians. */
import { median } from '../load.js'
import type { Measured, RoleName } from './measure.js'
import type { Row } from './rows.js'

export interface Sample {
  readonly round: number
  readonly contender: string
  readonly row: string
  readonly measured: Measured
}

/** Undefined: nobody can tell. */
export type Figure = (measured: Measured) => number | null | undefined

export const perSecond: Figure = (measured) => measured.perSecond
export const p50: Figure = (measured) => measured.p50
export const p99: Figure = (measured) => measured.p99

export function cpu(role: RoleName): Figure {
  return ({ costs }) => costs[role]?.us
}

export class Samples {
  constructor(readonly all: readonly Sample[]) {}

  /** Undefined: there are none. */
  median(contender: string, { name }: Row, pick: Figure): number | undefined {
    return medianOf(
      this.all.filter((one) => one.contender === contender && one.row === name).map(picked(pick)),
    )
  }

  /** Of two in the same round: ratios last longer than figures do. */
  ratio(contender: string, base: string, { name }: Row, pick: Figure): number | undefined {
    const rows = this.all.filter(({ row }) => row === name)
    const ratios = rows
      .filter((one) => one.contender === contender)
      .map((one) => {
        const beside = rows.find(({ contender, round }) => contender === base && round === one.round)
        return beside === undefined ? undefined : quotient(pick(one.measured), pick(beside.measured))
      })
    return medianOf(ratios)
  }
}

function picked(pick: Figure): (sample: Sample) => number | undefined {
  return ({ measured }) => pick(measured) ?? undefined
}

function quotient(value: number | null | undefined, base: number | null | undefined): number | undefined {
  return value === null || value === undefined || !base ? undefined : value / base
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : median(known)
}
