/** Chance from the system's generator. */
import { randomUUID } from 'node:crypto'
import type { Random } from '../ports.js'

export const systemRandom: Random = {
  // Timeouts and jitter need no secret; what must not be guessed is an identifier.
  below: (limit) => Math.floor(Math.random() * limit),
  identifier: () => randomUUID(),
}
