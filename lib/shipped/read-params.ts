/** What the parameters of shipped objects must be, and the sentences that refuse them. */
import { isObject, isWhole } from '../json.js'
import { InvalidParamsError } from '../rpc/errors.js'

/** @throws InvalidParamsError */
export function readWhole(value: unknown, least: number, most: number, what: string): number {
  if (isWhole(value) && value >= least && value <= most) return value
  throw new InvalidParamsError(`${what} must be a whole number from ${least} to ${most}`)
}

/** @throws InvalidParamsError */
export function readFlag(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidParamsError(`${what} must be true or false`)
}

/** `others`: what is left of the options when all that are known are taken out. @throws InvalidParamsError */
export function demandKnown(options: unknown, others: object, sentence: string): void {
  const [unknown] = Object.keys(others)
  if (unknown === undefined && (options === undefined || isObject(options))) return
  throw new InvalidParamsError(`${sentence}${unknown === undefined ? '' : `, and ${unknown} is none`}`)
}
