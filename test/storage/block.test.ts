import t from 'tap'
import { readBlock, sealBlock } from '../../lib/storage/block.js'
import { ByteWriter } from '../../lib/storage/bytes.js'

const watermark = { sequence: 2, offset: 5000 }

/** 8192 bytes of a file with one block, sealed for segment 3, offset 4096, that stands at `at`. */
function fileWithBlockAt(at: number): DataView {
  const block = new ByteWriter(64)
  block.zeros(24)
  block.text('body')
  const file = new Uint8Array(8192)
  file.set(sealBlock(block, { sequence: 3, offset: 4096 }, watermark), at)
  return new DataView(file.buffer)
}

void t.test('a block is read where it was written', async (t) => {
  const block = readBlock(fileWithBlockAt(4096), 3, 4096)
  t.match(block, { watermark, start: 4120, end: 4128, next: 4128, whole: true })
})

void t.test('a block of the former life of a recycled file does not hold', async (t) => {
  t.equal(readBlock(fileWithBlockAt(4096), 4, 4096), undefined)
})

void t.test('a block that was written to the wrong offset does not hold', async (t) => {
  t.equal(readBlock(fileWithBlockAt(4104), 3, 4104), undefined)
})

void t.test('a block that would end beyond the file does not hold', async (t) => {
  const file = fileWithBlockAt(4096)
  t.equal(readBlock(new DataView(file.buffer, 0, 4096 + 28), 3, 4096), undefined)
  t.equal(readBlock(new DataView(file.buffer, 0, 4096 + 20), 3, 4096), undefined)
})

void t.test('the body may be bad and the watermark still be believed', async (t) => {
  const file = fileWithBlockAt(4096)
  file.setUint8(4122, 0xff)
  t.match(readBlock(file, 3, 4096), { watermark, whole: false })
})
