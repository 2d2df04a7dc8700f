/** Data folders: what a member finds at its start, after anything has happened to the bytes. */
import fc from 'fast-check'
import type { Entry, Recovered } from '../../lib/raft/types.js'
import { readBlock, sealBlock } from '../../lib/storage/block.js'
import { ByteWriter } from '../../lib/storage/bytes.js'
import { DamagedStorageError, UnknownFormatError } from '../../lib/storage/errors.js'
import { inspect, verify } from '../../lib/storage/inspect.js'
import { memberFileName, readMemberFile } from '../../lib/storage/member-file.js'
import { scanLog } from '../../lib/storage/recovery.js'
import { headerBytes, segmentName, segmentSequences } from '../../lib/storage/segment.js'
import { readSkips, skipFileName } from '../../lib/storage/skip-file.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { memoryDisk, openTiny, tinySizes } from '../storage/setting.js'
import { changedJson } from './hostile-json.js'
import { mutated, mutatedText } from './mutations.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { traffic } from './traffic.js'

type Folder = ReadonlyMap<string, Uint8Array>

const SKIPS = '{"format":1,"entries":[[7,2],[9,2]]}\n'

export const folderTargets: readonly Target[] = [
  {
    name: 'a changed data folder opens with nothing but what was written, or is refused by file',
    runs: 250,
    open: changedFolders,
  },
  {
    name: 'a block whose checksum is right may hold anything: it is read, or refused by file and offset',
    runs: 500,
    open: sealedBlocks,
  },
  {
    name: 'a member file and a skip file of any text are read, or refused by name',
    runs: 700,
    open: smallFiles,
  },
]

export async function diskOf(folder: Folder): Promise<MemoryDisk> {
  const disk = memoryDisk()
  for (const [name, contents] of folder) {
    await disk.open(name)
    disk.corrupt(name, () => Uint8Array.from(contents))
  }
  await disk.syncFolder()
  return disk
}

/** Undefined: it was refused as storage is to be refused. Rejects with any other error. */
export async function unlessRefused<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt
  } catch (error) {
    if (error instanceof DamagedStorageError || error instanceof UnknownFormatError) return undefined
    throw error
  }
}

type FolderChange = (folder: Map<string, Uint8Array>) => void

/** One file mutated, removed, or in the place of another one. */
function changeOf(folder: Folder): fc.Arbitrary<FolderChange> {
  const names = [...folder.keys()]
  const others = [...folder.values()]
  const name = fc.constantFrom(...names)
  const mutation = name.chain((file) =>
    mutated([folder.get(file) ?? new Uint8Array()], others).map(
      (contents): FolderChange =>
        (changed) =>
          void changed.set(file, contents),
    ),
  )
  const removal = name.map(
    (file): FolderChange =>
      (changed) =>
        void changed.delete(file),
  )
  const move = fc.tuple(name, name).map(
    ([from, to]): FolderChange =>
      (changed) =>
        void changed.set(to, folder.get(from) ?? new Uint8Array()),
  )
  return fc.oneof(
    { weight: 8, arbitrary: mutation },
    { weight: 1, arbitrary: removal },
    { weight: 1, arbitrary: move },
  )
}

async function changedFolders(): Promise<Scene> {
  const { folders } = await traffic()
  const written = new Set<string>()
  for (const folder of folders.values()) await recordEntries(folder, written)
  const changed = fc.constantFrom(...folders.values()).chain((folder) =>
    fc.array(changeOf(folder), { minLength: 1, maxLength: 2, size: 'max' }).map((changes) => {
      const copy = new Map(folder)
      for (const change of changes) change(copy)
      return copy
    }),
  )
  return scene(changed, async (folder) => {
    const disk = await diskOf(folder)
    const { damage } = await inspect(disk)
    const verified = await unlessRefused(verify(disk))
    const opened = await unlessRefused(openTiny(disk))
    if (opened === undefined) {
      if (damage === undefined || verified !== undefined) throw new Error('only its start found the damage')
      return
    }
    await opened.storage.close()
    if (damage !== undefined && damage.file !== memberFileName)
      throw new Error(`started with ${damage.message}`)
    believe(opened.recovered, written)
  })
}

/** Nothing but what some member wrote, and without a gap. */
function believe({ entries, snapshot }: Recovered, written: ReadonlySet<string>): void {
  let next = snapshot === undefined ? 1 : snapshot.index + 1
  for (const entry of entries) {
    if (entry.index !== next++) throw new Error(`entry ${entry.index} follows a gap`)
    if (!written.has(JSON.stringify(entry))) throw new Error(`nobody wrote ${JSON.stringify(entry)}`)
  }
}

async function recordEntries(folder: Folder, into: Set<string>): Promise<void> {
  const record = (entry: Entry): unknown => into.add(JSON.stringify(entry))
  await scanLog(await diskOf(folder), segmentSequences([...folder.keys()]), undefined, {
    segment: () => undefined,
    block: () => undefined,
    record: (each) => {
      if (each.type === 'change') each.entries.forEach(record)
    },
  })
}

/** The bodies of all blocks of all folders. */
async function bodies(): Promise<readonly Uint8Array[]> {
  const { folders } = await traffic()
  return [...folders.values()].flatMap((folder) =>
    segmentSequences([...folder.keys()]).flatMap((sequence) => {
      const bytes = Uint8Array.from(folder.get(segmentName(sequence)) ?? [])
      return blocksIn(bytes, sequence)
    }),
  )
}

function blocksIn(bytes: Uint8Array, sequence: number): Uint8Array[] {
  const view = new DataView(bytes.buffer)
  const found: Uint8Array[] = []
  for (let block = readBlock(view, sequence, headerBytes); block !== undefined;) {
    if (block.end > block.start) found.push(bytes.slice(block.start, block.end))
    block = readBlock(view, sequence, block.next)
  }
  return found
}

async function sealedBlocks(): Promise<Scene> {
  const real = (await bodies()).filter((body) => body.length < 400)
  const { folders } = await traffic()
  const empty = await emptyFolder()
  const head = blocksIn(Uint8Array.from(folders.get('n4')?.get(segmentName(1)) ?? []), 1)
  const body = fc.oneof(
    mutated(real),
    fc.constantFrom(...real).map((bytes) => Buffer.from(bytes)),
  )
  const input = fc.tuple(
    fc.nat({ max: Math.min(2, head.length) }),
    fc.array(body, { minLength: 1, maxLength: 2 }),
  )
  return scene(input, async ([begin, bodies]) => {
    const contents = Uint8Array.from(empty.get(segmentName(1)) ?? [])
    seal([...head.slice(0, begin), ...bodies], contents)
    const disk = await diskOf(new Map([...empty, [segmentName(1), contents]]))
    const { damage } = await inspect(disk)
    await unlessRefused(verify(disk))
    const opened = await unlessRefused(openTiny(disk))
    if (opened === undefined && damage === undefined) throw new Error('only its start found the damage')
    await opened?.storage.close()
  })
}

async function emptyFolder(): Promise<Folder> {
  const disk = memoryDisk()
  await (await openTiny(disk)).storage.close()
  return new Map((await disk.list()).map((name) => [name, disk.contents(name)]))
}

/** Puts blocks with right checksums into the first segment, as far as there is room. */
function seal(bodies: readonly Uint8Array[], into: Uint8Array): void {
  let offset = headerBytes
  for (const body of bodies) {
    const block = new ByteWriter(body.length + 32)
    block.zeros(24)
    for (const byte of body) block.u8(byte)
    const place = { sequence: 1, offset }
    const sealed = sealBlock(block, place, place)
    if (offset + sealed.length > tinySizes.firstSegment) return
    into.set(sealed, offset)
    offset += sealed.length
  }
}

async function smallFiles(): Promise<Scene> {
  const { folders } = await traffic()
  const members = [...folders.values()].map((folder) =>
    Buffer.from(folder.get(memberFileName) ?? []).toString(),
  )
  const file = fc.constantFrom(
    { name: memberFileName, texts: members, read: readMemberFile },
    { name: skipFileName, texts: [SKIPS], read: readSkips },
  )
  const input = file.chain(({ name, texts, read }) =>
    fc
      .oneof(changedJson(texts), mutatedText(texts), fc.string({ unit: 'binary' }))
      .map((text) => ({ name, text, read })),
  )
  return scene<{ name: string; text: string; read: (disk: MemoryDisk) => Promise<unknown> }>(
    input,
    async ({ name, text, read }) => {
      const disk = await diskOf(new Map([[name, Buffer.from(text)]]))
      await unlessRefused(read(disk))
      await inspect(disk)
    },
  )
}
