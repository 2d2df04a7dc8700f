/**
 * The lock of a folder as a socket in it. Everybody who wants the folder listens on a socket of its own there,
 * `lock-` and a random name, then looks at all the others:
 *
 * - one on which nobody listens is left over from a process that was killed, and is removed: its name is never used
 *   again;
 * - one whose process says that it has the folder decides it;
 * - of two that are both still looking, the one with the later name gives way, and the other waits until it has.
 *
 * At most one has the folder: of two the later to listen sees the other, and goes on only when that one has given way.
 * Somebody has it: the first by name of those who look gives way to nobody but to one who has the folder.
 *
 * A socket gets its name when it is listened on already, so that one on which nobody listens is never one of the
 * living.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Server, Socket } from 'node:net'
import type { FolderLock } from './folder-lock.js'
import { closed, dial, isAnswered, listenAt, NOBODY } from './unix-sockets.js'

const NAME = /^lock-[0-9a-f]{16}$/
const UNFINISHED = /^lock-[0-9a-f]{16}\.new$/
const HELD = 'held'
const LOOKING = 'looking '
/**
 * How long one that is there may say nothing before it counts as having the folder: it may be stopped. Milliseconds.
 */
const PATIENCE_MS = 2000
/** The system's limit is 104 bytes at least, and a name takes 26. */
const FOLDER_BYTES_MAX = 76

/** Undefined: another process has it. Rejects with the system's error when no socket can be made there. */
export async function claimFolder(path: string): Promise<FolderLock | undefined> {
  const folder = await Folder.open(path)
  try {
    for (;;) {
      const claim = new Claim(folder)
      const outcome = await claim.decide()
      if (outcome === 'held') return claim.lock
      if (outcome === 'again') continue
      await folder.close()
      return undefined
    }
  } catch (error) {
    await folder.close()
    throw error
  }
}

/** Whether a process has the folder or is just taking it. */
export async function isClaimed(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  const folder = await Folder.open(path)
  try {
    for (const name of await folder.claims()) if (await isAnswered(folder.at(name))) return true
    return false
  } finally {
    await folder.close()
  }
}

/** The file system is none that sockets can stand in. */
export function hasNoSockets(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_SOCKETS.has(String(error.code))
}

const NO_SOCKETS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])

/** A folder, by a name that is short enough for a socket in it. */
class Folder {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle | undefined,
  ) {}

  static async open(path: string): Promise<Folder> {
    const whole = resolve(path)
    if (process.platform !== 'linux' || Buffer.byteLength(whole) <= FOLDER_BYTES_MAX)
      return new Folder(whole, undefined)
    const handle = await open(whole, constants.O_RDONLY | constants.O_DIRECTORY)
    return new Folder(`/proc/self/fd/${handle.fd}`, handle)
  }

  at(name: string): string {
    return join(this.path, name)
  }

  async claims(): Promise<readonly string[]> {
    return (await readdir(this.path)).filter((name) => NAME.test(name)).sort()
  }

  /** Removes what was left over by processes that were killed before they had named their sockets. */
  async clean(): Promise<void> {
    for (const name of await readdir(this.path))
      if (UNFINISHED.test(name) && !(await isAnswered(this.at(name)))) await this.remove(name)
  }

  remove(name: string): Promise<void> {
    return rm(this.at(name), { force: true })
  }

  close(): Promise<void> {
    return this.handle?.close() ?? Promise.resolve()
  }
}

/** What one that listens in the folder is about to do. Its last word is that it has it, or that it is gone. */
type Standing = 'looking' | 'held' | 'gone'

class Claim {
  readonly #folder: Folder
  readonly #name = `lock-${randomBytes(8).toString('hex')}`
  readonly #asking = new Set<Socket>()
  #server: Server | undefined
  #isHeld = false
  #withdrawn: Promise<void> | undefined

  constructor(folder: Folder) {
    this.#folder = folder
  }

  get lock(): FolderLock {
    return { release: () => this.#withdraw().then(() => this.#folder.close()) }
  }

  async decide(): Promise<'held' | 'taken' | 'again'> {
    if (!(await this.#listen())) return 'again'
    for (const name of await this.#folder.claims()) {
      if (name === this.#name) continue
      if ((await this.#lastWordOf(name)) === 'held') return this.#giveWay('taken')
      if (this.#withdrawn !== undefined) return this.#giveWay('again')
    }
    this.#isHeld = true
    for (const socket of this.#asking) socket.end(HELD)
    await this.#folder.clean()
    return 'held'
  }

  /** False: whoever has the folder has just cleaned up there. */
  async #listen(): Promise<boolean> {
    const unfinished = this.#folder.at(`${this.#name}.new`)
    this.#server = await listenAt(unfinished, (socket) => this.#answer(socket))
    try {
      await rename(unfinished, this.#folder.at(this.#name))
      return true
    } catch (error) {
      await this.#withdraw()
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
      throw error
    }
  }

  #answer(socket: Socket): void {
    if (this.#isHeld) {
      socket.end(HELD)
      return
    }
    this.#asking.add(socket)
    socket.once('close', () => this.#asking.delete(socket))
    socket.write(LOOKING)
  }

  /** Gives way to one with an earlier name, and waits for what becomes of it. */
  async #lastWordOf(name: string): Promise<Standing> {
    let last: Standing = 'gone'
    for await (const standing of standingsOf(this.#folder.at(name))) {
      last = standing
      if (standing === 'looking' && name < this.#name) await this.#withdraw()
    }
    if (last === 'gone') await this.#folder.remove(name)
    return last
  }

  async #giveWay<Outcome>(outcome: Outcome): Promise<Outcome> {
    await this.#withdraw()
    return outcome
  }

  #withdraw(): Promise<void> {
    return (this.#withdrawn ??= this.#end())
  }

  /** First the name: whoever finds it must find somebody there, or nobody for good. */
  async #end(): Promise<void> {
    await this.#folder.remove(this.#name).catch(() => undefined)
    for (const socket of this.#asking) socket.destroy()
    if (this.#server !== undefined) await closed(this.#server)
  }
}

async function* standingsOf(path: string): AsyncGenerator<Standing> {
  const socket = await dial(path)
  if (typeof socket === 'string') {
    yield NOBODY.has(socket) ? 'gone' : 'held'
    return
  }
  const silent = new Error('nothing was said')
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(silent))
  let said = ''
  try {
    for await (const words of socket) {
      said += String(words)
      if (said.includes(HELD)) break
      yield 'looking'
    }
    yield said.includes(HELD) ? 'held' : 'gone'
  } catch (error) {
    yield error === silent ? 'held' : 'gone'
  } finally {
    socket.destroy()
  }
}
