import fc from 'fast-check'
import t from 'tap'
import { crc32 } from '../../lib/storage/crc32.js'

void t.test("the check value of the CRC catalogue's CRC-32", async (t) => {
  t.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926)
  t.equal(crc32(new Uint8Array()), 0)
})

void t.test('going on from a part gives the same as the whole, wherever it is cut', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      const cut = Math.min(at, bytes.length)
      return crc32(bytes) === crc32(bytes, cut, bytes.length, crc32(bytes, 0, cut))
    }),
  )
})
