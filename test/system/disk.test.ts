import { chmod, chown, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDataFolder, openDisk, openDiskToRead } from '../../lib/system/disk.js'
import { readSkips } from '../../lib/storage/skip-file.js'

const POSIX = { skip: process.platform === 'win32' }

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-disk-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

void t.test('a folder that can not be made is refused by its name', async (t) => {
  const file = join(await folder(t), 'file')
  await writeFile(file, '')
  await t.rejects(openDisk(join(file, 'data')), {
    message: new RegExp(`the data folder ${file}/data can not be used`),
  })
})

void t.test('a place where nothing can be made is refused, and not waited for', POSIX, async (t) => {
  const path = await folder(t)
  await writeFile(join(path, 'file'), '')
  await symlink('nowhere', join(path, 'dangling'))
  const places = ['file', 'file/data', 'dangling', 'dangling/data'].map((name) => join(path, name))
  const linux =
    process.platform === 'linux'
      ? ['/proc/rollcall/data', '/proc/self/data', '/dev/full', '/dev/full/data']
      : []
  for (const place of [...places, ...linux])
    await t.rejects(openDisk(place), { message: /^the data folder .* can not be used: E[A-Z]+: / }, place)
  const deep = join(path, 'a', 'b', 'c')
  t.equal((await openDisk(deep)).name, deep)
  t.equal((await openDisk(deep)).name, deep, 'again')
})

void t.test('what is read goes into memory that is given, where that is large enough', async (t) => {
  const disk = await openDisk(await folder(t))
  const file = await disk.open('a file')
  const bytes = Uint8Array.from({ length: 400_000 }, (_, at) => at % 251)
  await file.write(0, bytes)
  const memory = new Uint8Array(bytes.length + 10)
  for (const length of [1_000, bytes.length, bytes.length + 5]) {
    const read = await file.read(0, length, memory)
    t.ok(Buffer.from(bytes.subarray(0, length)).equals(read))
    t.equal(read.buffer, memory.buffer)
  }
  const small = new Uint8Array(10)
  t.ok(Buffer.from(bytes.subarray(7, 1_007)).equals(await file.read(7, 1_000, small)))
  t.strictSame(small, new Uint8Array(10))
  await file.close()
})

void t.test('a name with a separator, or that leaves the folder, is refused', async (t) => {
  const disk = await openDisk(await folder(t))
  for (const name of ['../escape', 'a/b', '..', '.', '', 'nul\0']) {
    await t.rejects(disk.open(name), { name: 'RangeError' }, JSON.stringify(name))
  }
})

void t.test(
  'a link in the folder is not followed, neither to be read nor to be written',
  POSIX,
  async (t) => {
    const path = await folder(t)
    const elsewhere = join(await folder(t), 'elsewhere')
    await symlink(elsewhere, join(path, 'log-0000000001.new'))
    await symlink(elsewhere, join(path, 'skips.json'))
    const disk = await openDataFolder(path)
    const refusal = { label: 'UNSAFE_FOLDER', message: /is a symbolic link, and is not followed/ }
    await t.rejects(disk.open('log-0000000001.new'), refusal)
    await t.rejects(stat(elsewhere), { code: 'ENOENT' }, 'nothing was made there')
    await writeFile(elsewhere, '{"format":1,"entries":[]}')
    await t.rejects(readSkips(disk), refusal)
    await t.rejects(readSkips(openDiskToRead(path)), refusal)
    await disk.remove('skips.json')
    t.ok(await stat(elsewhere), 'what the link leads to stays')
  },
)

void t.test('a folder that is a link is the one that it leads to', POSIX, async (t) => {
  const path = join(await folder(t), 'link')
  await symlink(await folder(t), path)
  t.same(await (await openDataFolder(path)).list(), [])
})

void t.test('a data folder that everybody may write into is refused', POSIX, async (t) => {
  const path = await folder(t)
  await chmod(path, 0o777)
  await t.rejects(openDataFolder(path), {
    label: 'UNSAFE_FOLDER',
    message: new RegExp(`everybody: take that right away \\(chmod o-w ${path}\\)`),
  })
  await chmod(path, 0o775)
  t.ok(await openDataFolder(path), 'the advice helps; and a group may write: it may be its user alone')
})

void t.test('a data folder is made so that it is not refused, whatever the umask', POSIX, async (t) => {
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const path = join(await folder(t), 'made', 'on', 'the', 'way')
  t.ok(await openDataFolder(path))
  t.equal((await stat(path)).mode & 0o777, 0o755)
})

void t.test(
  'a data folder of another user is refused to all but root',
  { skip: process.getuid?.() !== 0 || process.seteuid === undefined },
  async (t) => {
    const [nobody, another] = [65534, 65533]
    const path = await folder(t)
    await chmod(path, 0o770)
    await chown(path, another, nobody)
    t.ok(await openDataFolder(path), 'root may')
    t.teardown(() => process.seteuid?.(0))
    process.setegid?.(nobody)
    process.seteuid?.(nobody)
    const refused = openDataFolder(path)
    await t.rejects(refused, {
      label: 'UNSAFE_FOLDER',
      message: /belongs to another user \(uid 65533\): start this member as that one, or use another folder/,
    })
    process.seteuid?.(0)
    process.setegid?.(0)
  },
)

void t.test('what is opened to be read makes nothing and writes nothing', async (t) => {
  const path = await folder(t)
  await writeFile(join(path, 'there'), 'as it is')
  const disk = openDiskToRead(path)
  await t.rejects(disk.open('not there'), { code: 'ENOENT' })
  const file = await disk.open('there')
  await t.rejects(file.write(0, new Uint8Array(1)))
  t.equal(new TextDecoder().decode(await file.read(0, 100)), 'as it is')
  await file.close()
  t.equal(await readFile(join(path, 'there'), 'utf8'), 'as it is')
})

void t.test(
  'writes are durable by themselves only where the file system is known to heed O_DSYNC',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const writesDurably = async (typeOf: () => Promise<number>): Promise<boolean> => {
      const file = await (await openDisk(await folder(t), typeOf)).open('log')
      await file.writeDurably?.(0, Uint8Array.of(1))
      await file.close()
      return file.writeDurably !== undefined
    }
    const known = { ext4: 0xef53, XFS: 0x58465342, Btrfs: 0x9123683e, F2FS: 0xf2f52010, ZFS: 0x2fc12fc1 }
    for (const [name, type] of Object.entries(known)) t.ok(await writesDurably(async () => type), name)
    const others = { FUSE: 0x65735546, '9p': 0x01021997, overlay: 0x794c7630, NFS: 0x6969, unheardOf: 1 }
    for (const [name, type] of Object.entries(others)) t.notOk(await writesDurably(async () => type), name)
    t.notOk(await writesDurably(() => Promise.reject(new Error('ENOSYS'))), 'nobody knows')
  },
)
