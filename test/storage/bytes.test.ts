import t from 'tap'
import { ByteWriter } from '../../lib/storage/bytes.js'

t.test('a number that makes the memory grow is in what was written', async (t) => {
  const bytes = new ByteWriter(1)
  bytes.u8(1)
  bytes.u8(2)
  bytes.u32(3)
  t.same([...bytes.written], [1, 2, 3, 0, 0, 0])
})
