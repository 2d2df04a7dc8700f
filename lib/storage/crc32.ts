/** CRC-32 as in ISO 3309 and zlib (polynomial 0x04c11db7, reflected), eight bytes at a time. */

const reflectedPolynomial = 0xedb88320
const tables = makeTables()
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables

function makeTables(): readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => shifted(byte))
  const after = (table: Int32Array) => table.map((value) => (value >>> 8) ^ (first[value & 0xff] ?? 0))
  const second = after(first)
  const third = after(second)
  const fourth = after(third)
  const fifth = after(fourth)
  const sixth = after(fifth)
  const seventh = after(sixth)
  return [first, second, third, fourth, fifth, sixth, seventh, after(seventh)]
}

function shifted(byte: number): number {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ reflectedPolynomial : value >>> 1
  return value
}

/**
 * The checksum of `bytes` from `start` up to, not including, `end`, as a number from 0 to 2^32 - 1. With `seed`, the
 * checksum of what came before, it goes on from there.
 */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
  let crc = ~seed
  let at = start
  // Every index is in range; `?? 0` is there for the compiler and costs nothing that can be measured.
  for (const wide = end - 7; at < wide; at += 8) {
    crc ^=
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    crc =
      (t7[crc & 0xff] ?? 0) ^
      (t6[(crc >>> 8) & 0xff] ?? 0) ^
      (t5[(crc >>> 16) & 0xff] ?? 0) ^
      (t4[crc >>> 24] ?? 0) ^
      (t3[bytes[at + 4] ?? 0] ?? 0) ^
      (t2[bytes[at + 5] ?? 0] ?? 0) ^
      (t1[bytes[at + 6] ?? 0] ?? 0) ^
      (t0[bytes[at + 7] ?? 0] ?? 0)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return ~crc >>> 0
}
