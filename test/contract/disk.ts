import type { Disk } from '../../lib/ports.js'
import t, { type Test } from 'tap'

/** What every {@link Disk} must do. `make` returns a new, empty folder each time. */
export function diskContract(name: string, make: (t: Test) => Promise<Disk>): void {
  void t.test(`${name} keeps the contract of a disk`, async (t) => {
    await t.test('a new folder has no files', async (t) => {
      t.same(await (await make(t)).list(), [])
    })

    await t.test('opening a file makes it, empty', async (t) => {
      const disk = await make(t)
      const file = await disk.open('log')
      t.equal(await file.size(), 0)
      t.same([...(await file.read(0, 10))], [])
      t.same(await disk.list(), ['log'])
      await file.close()
    })

    await t.test('what was written can be read at once, also through another handle', async (t) => {
      const disk = await make(t)
      const file = await disk.open('log')
      await file.write(0, Uint8Array.of(1, 2, 3, 4))
      await file.write(1, Uint8Array.of(8, 9))
      const other = await disk.open('log')
      t.same([...(await file.read(0, 4))], [1, 8, 9, 4])
      t.same([...(await other.read(0, 4))], [1, 8, 9, 4])
      await file.close()
      await other.close()
    })

    await t.test('a read is short only at the end of the file', async (t) => {
      const file = await (await make(t)).open('log')
      await file.write(0, Uint8Array.of(1, 2, 3))
      t.same([...(await file.read(1, 10))], [2, 3])
      t.same([...(await file.read(1, 1))], [2])
      t.same([...(await file.read(7, 1))], [])
      await file.close()
    })

    await t.test('a write beyond the end leaves zeros before it', async (t) => {
      const file = await (await make(t)).open('log')
      await file.write(3, Uint8Array.of(7))
      t.equal(await file.size(), 4)
      t.same([...(await file.read(0, 4))], [0, 0, 0, 7])
      await file.close()
    })

    await t.test('the caller may use the bytes again once a write has resolved', async (t) => {
      const file = await (await make(t)).open('log')
      const bytes = Uint8Array.of(1)
      await file.write(0, bytes)
      bytes[0] = 2
      await file.sync()
      t.same([...(await file.read(0, 1))], [1])
      await file.close()
    })

    await t.test(
      'what is written durably is seen through any handle, whatever the file is called',
      async (t) => {
        const disk = await make(t)
        const file = await disk.open('log.new')
        await file.write(0, Uint8Array.of(1, 2, 3, 4))
        await file.sync()
        await disk.rename('log.new', 'log')
        await file.writeDurably?.(1, Uint8Array.of(8))
        await file.writeDurably?.(2, Uint8Array.of(9))
        const seen = file.writeDurably === undefined ? [1, 2, 3, 4] : [1, 8, 9, 4]
        t.same([...(await (await disk.open('log')).read(0, 4))], seen)
        await file.close()
      },
    )

    await t.test('a file of many megabytes comes back whole', async (t) => {
      const file = await (await make(t)).open('log')
      const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => i % 251)
      await file.write(0, bytes)
      t.ok(bytes.every((byte, i) => byte === i % 251))
      t.same((await file.read(0, bytes.length)).length, bytes.length)
      await file.close()
    })

    await t.test('files are listed in the order of their names', async (t) => {
      const disk = await make(t)
      for (const name of ['b', 'a', 'c']) await (await disk.open(name)).close()
      t.same(await disk.list(), ['a', 'b', 'c'])
    })

    await t.test('renaming replaces what had the name, and an open file goes along', async (t) => {
      const disk = await make(t)
      const old = await disk.open('member.json')
      await old.write(0, Uint8Array.of(1))
      const fresh = await disk.open('member.json.new')
      await fresh.write(0, Uint8Array.of(2))
      await disk.rename('member.json.new', 'member.json')
      await disk.syncFolder()
      await fresh.write(1, Uint8Array.of(3))
      const reopened = await disk.open('member.json')
      t.same([...(await reopened.read(0, 9))], [2, 3])
      t.same(await disk.list(), ['member.json'])
      for (const file of [old, fresh, reopened]) await file.close()
    })

    await t.test('a removed file is gone, and opening its name makes an empty one', async (t) => {
      const disk = await make(t)
      const file = await disk.open('log')
      await file.write(0, Uint8Array.of(1))
      await file.close()
      await disk.remove('log')
      t.same(await disk.list(), [])
      const again = await disk.open('log')
      t.equal(await again.size(), 0)
      await again.close()
    })

    await t.test('renaming or removing what is not there is refused', async (t) => {
      const disk = await make(t)
      await t.rejects(disk.rename('a', 'b'), /ENOENT/)
      await t.rejects(disk.remove('a'), /ENOENT/)
    })
  })
}
