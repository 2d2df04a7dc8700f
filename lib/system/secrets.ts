/** Secrets, compared and proved by the system's cryptography. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Secrets } from '../ports.js'

export const systemSecrets: Secrets = {
  digest: (text) => createHash('sha256').update(text).digest('hex'),
  seal: (key, text) => createHmac('sha256', key).update(text).digest('hex'),
  areSame: (one, other) => {
    const [a, b] = [Buffer.from(one), Buffer.from(other)]
    return a.length === b.length && timingSafeEqual(a, b)
  },
}
