/** What a piece of a snapshot is checked by on its way from member to member. */
import { crc32 } from '../../storage/crc32.js'

export function checksumOf(data: string): number {
  return crc32(new TextEncoder().encode(data))
}
