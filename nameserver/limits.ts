/**
 * How much one name server keeps, so that nobody can fill its memory. Beyond: TOO_LARGE for one thing, OVERLOADED for
 * all.
 */
export const LIMITS = {
  /** Of a shared name each of its URIs counts. */
  records: 100_000,
  /** URIs that share one name. */
  places: 100,
  /**
   * Fences outlive their records, one for each name and cluster id: this bounds what clusters long gone leave behind.
   */
  fences: 200_000,
  /** When they are that many, those of clusters that have not had the name for so long make room: a day. */
  fenceAbsenceMs: 24 * 60 * 60 * 1000,
  nameLength: 255,
  uriLength: 512,
  clusterIdLength: 128,
  leaseLength: 64,
  tags: 16,
  tagLength: 128,
  /** About 24 days: what a timer can carry. */
  ttlMs: 2_147_483_647,
  patternLength: 200,
  /** What is assigned to one of several names. */
  keyLength: 1024,
  /** Names with one tag, among which a key is assigned. */
  assigned: 1_000,
  /** Characters of the records that one `list` may return. */
  listLength: 8_000_000,
} as const

/** How many names and fences there is room for. */
export type Capacity = Pick<Record<keyof typeof LIMITS, number>, 'records' | 'fences'>

/** From this version of the registry on there is room for as many as {@link LIMITS} says. */
export const CAPACITY_VERSION = 3
const FORMER_CAPACITY: Capacity = { records: 10_000, fences: 20_000 }

/**
 * By which a command of that version is judged: two builds that judged one entry differently would part. What commands
 * judge by changes with the version alone (`test/house/limits-of-versions.test.ts`).
 */
export function capacityAt(version: number): Capacity {
  return version < CAPACITY_VERSION ? FORMER_CAPACITY : LIMITS
}
