/**
 * A number that stands for a text: equal for equal texts, and for different ones different but in one case out of 2^53.
 * Results are kept under it in the log's state, so that it must give the same number in every version of this program.
 * It guards against mistakes, not against someone who looks for two texts with one number.
 */

const FACTOR_LEFT = 0x9e3779b1
const FACTOR_RIGHT = 0x85ebca77

/** A whole number from 0 up to, not including, 2^53. Looks at UTF-16 units, so that texts need not be well-formed. */
export function fingerprint(text: string): number {
  let left = text.length
  let right = ~text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    // Each is turned by some bits, the unit goes in, and the product carries it up.
    left = Math.imul(((left << 13) | (left >>> 19)) ^ unit, FACTOR_LEFT)
    right = Math.imul(((right << 17) | (right >>> 15)) ^ unit, FACTOR_RIGHT)
  }
  const high = mixed(left ^ ((right << 9) | (right >>> 23)))
  const low = mixed(right ^ ((left << 21) | (left >>> 11)))
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0)
}

/** Lets each bit weigh on every other: without it the low bits would hang on the low bits of the units alone. */
function mixed(value: number): number {
  const half = Math.imul(value ^ (value >>> 15), FACTOR_RIGHT)
  const whole = Math.imul(half ^ (half >>> 13), FACTOR_LEFT)
  return whole ^ (whole >>> 16)
}
