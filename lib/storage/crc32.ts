/** CRC-32 as in IEEE 802.3 and zlib, eight bytes a round (slicing-by-8). */

const tables: readonly Uint32Array[] = makeTables()

function makeTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256).map((_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    return crc
  })
  const all = [first]
  for (let n = 1; n < 8; n++) {
    const before = all[n - 1] ?? first
    all.push(before.map((crc) => at(first, crc & 0xff) ^ (crc >>> 8)))
  }
  return all
}

function at(table: Uint32Array | Uint8Array, index: number): number {
  return table[index] ?? 0
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
]

/** The checksum of `bytes` from `start` to `end`, begun with `salt`: the same bytes under another salt differ. */
export function crc32(bytes: Uint8Array, start: number, end: number, salt: number): number {
  let crc = ~salt
  let i = start
  for (; i + 8 <= end; i += 8) {
    const low =
      crc ^ (at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24))
    crc =
      at(t7, low & 0xff) ^
      at(t6, (low >>> 8) & 0xff) ^
      at(t5, (low >>> 16) & 0xff) ^
      at(t4, low >>> 24) ^
      at(t3, at(bytes, i + 4)) ^
      at(t2, at(bytes, i + 5)) ^
      at(t1, at(bytes, i + 6)) ^
      at(t0, at(bytes, i + 7))
  }
  for (; i < end; i++) crc = at(t0, (crc ^ at(bytes, i)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}
