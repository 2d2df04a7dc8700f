/**
 * Which of several names a key belongs to: that with the highest score for it (rendezvous hashing, Thaler and
 * Ravishankar 1998). Each key has an order of the names of its own, so a name that comes takes its share from all
 * others alike, and that of one which goes is spread over all that stay; no other key moves.
 */

/** Of no names undefined; of equal scores the name that sorts first. */
export function highestOf<T extends { readonly name: string }>(
  key: string,
  among: Iterable<T>,
): T | undefined {
  let best: { readonly score: number; readonly of: T } | undefined
  for (const of of among) {
    const score = scoreOf(key, of.name)
    if (best === undefined || score > best.score || (score === best.score && of.name < best.of.name))
      best = { score, of }
  }
  return best?.of
}

/**
 * FNV-1a of the UTF-16 units of name, a zero, and key, in 32 bits; then MurmurHash3's finalizer, without which scores of
 * names that are alike would be.
 */
function scoreOf(key: string, name: string): number {
  let hash = 0x811c9dc5
  for (const text of [name, '\0', key])
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
