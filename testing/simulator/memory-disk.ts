import type { Disk, DiskFile, Random } from '../../lib/ports.js'
import { forget, loseUnsynced, save, writeUnsynced } from './inode.js'
import type { Inode, UnsyncedWrite } from './inode.js'

/** Runs each task later, in an order of its own choosing: this is how the simulator decides when I/O completes. */
export type Schedule = (task: () => void) => void

export type DiskOperation = 'open' | 'read' | 'write' | 'sync' | 'rename' | 'remove' | 'syncFolder'

export interface MemoryDiskOptions {
  readonly schedule: Schedule
  readonly name?: string
  /** Asked before each operation; an error returned is what the operation rejects with. */
  readonly fault?: (operation: DiskOperation, file: string) => Error | undefined
  /** Its files can write durably in one operation, which makes no other write durable. Default false. */
  readonly writesDurably?: boolean
  /**
   * Decides how much of a write that fails is there all the same, and whether it stays, and whether anything else that
   * fails was done. Default: nothing is.
   */
  readonly chance?: Pick<Random, 'below'>
}

type Names = Map<string, Inode>

/**
 * A folder in memory that knows what a crash may take away. Names behave as on a journalling file system: a crash
 * keeps some prefix of the changes since the last `syncFolder`. Of a file's unsynced writes a crash keeps, sector by
 * sector, any number from the first on. After a sync that failed, what it should have saved is lost at the next crash,
 * however many syncs succeed later (as Linux does it). Of a write that failed any part may be there, from its beginning
 * on.
 */
export class MemoryDisk implements Disk {
  readonly name: string
  /** How often each operation was called. */
  readonly counts: Record<DiskOperation, number> = {
    open: 0,
    read: 0,
    write: 0,
    sync: 0,
    rename: 0,
    remove: 0,
    syncFolder: 0,
  }
  fault: (operation: DiskOperation, file: string) => Error | undefined
  readonly #schedule: Schedule
  readonly #writesDurably: boolean
  readonly #chance: Pick<Random, 'below'>
  #names: Names = new Map()
  #syncedNames: Names = new Map()
  #nameChanges: ((names: Names) => void)[] = []
  /** Grows with each crash: what began before it never completes. */
  #life = 0

  constructor(options: MemoryDiskOptions) {
    const { schedule, name = 'memory', fault = () => undefined, writesDurably = false } = options
    const { chance = { below: () => 0 } } = options
    this.#schedule = schedule
    this.#writesDurably = writesDurably
    this.#chance = chance
    this.name = name
    this.fault = fault
  }

  list(): Promise<readonly string[]> {
    return this.#complete(undefined, () => [...this.#names.keys()].sort())
  }

  open(name: string): Promise<DiskFile> {
    return this.#run('open', name, () => {
      const existing = this.#names.get(name)
      const inode = existing ?? { seen: new Uint8Array(), synced: new Uint8Array(), unsynced: [] }
      if (!existing) this.#change((names) => names.set(name, inode))
      return this.#handle(name, inode)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run('rename', from, () => {
      const inode = this.#existing(from)
      this.#change((names) => {
        names.delete(from)
        names.set(to, inode)
      })
    })
  }

  remove(name: string): Promise<void> {
    return this.#run('remove', name, () => {
      this.#existing(name)
      this.#change((names) => names.delete(name))
    })
  }

  syncFolder(): Promise<void> {
    const covered = [...this.#nameChanges]
    return this.#run('syncFolder', '', () => {
      // Another sync that was called later may have been quicker.
      for (const change of covered) if (this.#nameChanges.includes(change)) change(this.#syncedNames)
      this.#nameChanges = this.#nameChanges.filter((change) => !covered.includes(change))
    })
  }

  /**
   * The machine loses power: nothing in flight completes, every open file is dead, and what was not synced is left to
   * chance. Returns how many changes of names and pieces of writes, sector by sector, it took.
   */
  crash(random: Pick<Random, 'below'>): number {
    this.#life++
    const changes = this.#nameChanges.length
    const kept = this.#nameChanges.splice(0, random.below(this.#nameChanges.length + 1))
    for (const change of kept) change(this.#syncedNames)
    this.#nameChanges = []
    this.#names = new Map(this.#syncedNames)
    let lost = changes - kept.length
    for (const inode of new Set(this.#names.values())) lost += loseUnsynced(inode, random)
    return lost
  }

  /** The process dies and the machine lives on: nothing in flight completes here, but all that was written stays. */
  kill(): void {
    this.#life++
  }

  /** The names of all files now, sorted. */
  get files(): readonly string[] {
    return [...this.#names.keys()].sort()
  }

  /** The bytes of a file as reads see them. A copy. */
  contents(name: string): Uint8Array {
    return this.#existing(name).seen.slice()
  }

  /** All files as reads see them now: a copy of the folder. */
  get image(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.files.map((name) => [name, this.contents(name)]))
  }

  /** The folder is put back as it once was, durably. To be called when nobody has it open. */
  putBack(image: ReadonlyMap<string, Uint8Array>): void {
    const inode = (bytes: Uint8Array): Inode => ({ seen: bytes.slice(), synced: bytes.slice(), unsynced: [] })
    this.#names = new Map([...image].map(([name, bytes]) => [name, inode(bytes)]))
    this.#syncedNames = new Map(this.#names)
    this.#nameChanges = []
  }

  /** Changes bytes behind everyone's back, durably. */
  corrupt(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = this.#existing(name)
    inode.seen = change(inode.seen.slice())
    inode.synced = inode.seen.slice()
    inode.unsynced = []
  }

  #existing(name: string): Inode {
    const inode = this.#names.get(name)
    if (!inode) throw new Error(`ENOENT: no such file: ${name}`)
    return inode
  }

  #change(change: (names: Names) => void): void {
    change(this.#names)
    this.#nameChanges.push(change)
  }

  #handle(name: string, inode: Inode): DiskFile {
    const life = this.#life
    const writeDurably: DiskFile['writeDurably'] = (offset, bytes) => {
      if (life !== this.#life) return never()
      const fault = this.#begin('write', name)
      const own = [this.#write(inode, offset, bytes, fault)]
      if (fault) this.#leave(inode, own)
      return this.#complete(fault, () => save(inode, own))
    }
    return {
      ...(this.#writesDurably && { writeDurably }),
      size: () => (life === this.#life ? this.#complete(undefined, () => inode.seen.length) : never()),
      read: (offset, length, memory) =>
        life === this.#life
          ? this.#run('read', name, () => copied(inode.seen.subarray(offset, offset + length), memory))
          : never(),
      write: (offset, bytes) => {
        if (life !== this.#life) return never()
        const fault = this.#begin('write', name)
        this.#write(inode, offset, bytes, fault)
        return this.#complete(fault, () => undefined)
      },
      sync: () => {
        if (life !== this.#life) return never()
        const covered = [...inode.unsynced]
        const fault = this.#begin('sync', name)
        if (fault) forget(inode, covered)
        return this.#complete(fault, () => save(inode, covered))
      },
      close: () => this.#complete(undefined, () => undefined),
    }
  }

  /** At once, not when it completes: a crash meanwhile may keep a part of it, as a fault may. */
  #write(inode: Inode, offset: number, bytes: Uint8Array, fault: Error | undefined): UnsyncedWrite {
    return writeUnsynced(inode, offset, bytes.slice(0, fault ? this.#leftOf(bytes) : undefined))
  }

  /** Nothing, all, or some. */
  #leftOf({ length }: Uint8Array): number {
    const kind = this.#chance.below(3)
    return kind === 2 ? this.#chance.below(length + 1) : kind * length
  }

  /** What was to be durable, and failed, waits for the next sync, is lost with the next crash, or lasts. */
  #leave(inode: Inode, own: readonly UnsyncedWrite[]): void {
    const fate = this.#chance.below(3)
    if (fate === 1) forget(inode, own)
    if (fate === 2) save(inode, own)
  }

  #run<T>(operation: DiskOperation, file: string, action: () => T): Promise<T> {
    const fault = this.#begin(operation, file)
    return this.#complete(undefined, () => {
      if (fault === undefined) return action()
      // It may have been done all the same.
      if (this.#chance.below(2) === 1) action()
      throw fault
    })
  }

  #begin(operation: DiskOperation, file: string): Error | undefined {
    this.counts[operation]++
    return this.fault(operation, file)
  }

  #complete<T>(fault: Error | undefined, action: () => T): Promise<T> {
    const life = this.#life
    return new Promise((resolve, reject) => {
      this.#schedule(() => {
        if (life !== this.#life) return
        if (fault) reject(fault)
        else {
          try {
            resolve(action())
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        }
      })
    })
  }
}

/** What a call on a file of a former life gets. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}

/** Into that memory, where it is large enough. */
function copied(bytes: Uint8Array, memory: Uint8Array | undefined): Uint8Array {
  if (memory === undefined || memory.length < bytes.length) return bytes.slice()
  memory.set(bytes)
  return memory.subarray(0, bytes.length)
}
