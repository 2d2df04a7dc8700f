/** Puts the pieces of a leader's snapshot into a file beside the one in force, each once and in order. */
import type { Logger } from '../../ports.js'
import type { EffectOf, Exchange, Input, InstallSnapshot } from '../../raft/types.js'
import { readHead } from '../machine/snapshot-head.js'
import { checksumOf } from './piece-checksum.js'
import type { SnapshotStore, SnapshotWriter } from './snapshot-store.js'
import { headIn } from '../machine/snapshot-text.js'

type Wish = EffectOf<'storeChunk'>

export interface SnapshotReceiverOptions {
  readonly store: SnapshotStore
  readonly take: (input: Input) => void
  readonly logger: Logger
}

interface Transfer {
  readonly index: number
  /** Of the leader that sends. Another leader's snapshot at the same index may be cut into other pieces. */
  readonly term: number
  readonly writer: SnapshotWriter
  next: number
}

export class SnapshotReceiver {
  #transfer: Transfer | undefined
  /** Pieces are dealt with one after another: what comes twice must see what became of the first. */
  #queue: Promise<void> = Promise.resolve()

  constructor(private readonly options: SnapshotReceiverOptions) {}

  store({ exchange, message }: Wish): void {
    this.#queue = this.#queue
      .then(() => this.#store(exchange, message))
      .catch((error: unknown) => this.#failed(exchange, message, error))
  }

  /** What has come so far is thrown away. */
  async end(): Promise<void> {
    await this.#queue
    await this.#discard()
  }

  async #store(exchange: Exchange, message: InstallSnapshot): Promise<void> {
    const { offset, data, checksum } = message
    const transfer = await this.#transferOf(message)
    if (transfer === undefined || offset !== transfer.next || checksumOf(data) !== checksum) {
      this.#answer(exchange, message, transfer?.next ?? 0)
      return
    }
    if (offset === 0) checkHead(message)
    await transfer.writer.write(data)
    transfer.next++
    if (message.done) await this.#finish(exchange, transfer, message)
    else this.#answer(exchange, message, transfer.next)
  }

  async #finish(exchange: Exchange, transfer: Transfer, { snapshot }: InstallSnapshot): Promise<void> {
    await transfer.writer.finish()
    this.#transfer = undefined
    this.options.take({ type: 'snapshotStored', exchange, snapshot })
  }

  /** The transfer that the piece belongs to; the first piece of another snapshot begins a new one. */
  async #transferOf({ snapshot, term, offset }: InstallSnapshot): Promise<Transfer | undefined> {
    const { index } = snapshot
    const running = this.#transfer
    if (running?.index === index && running.term === term) return running
    if (offset !== 0) return undefined
    await this.#discard()
    this.options.logger.info(`receiving a snapshot at entry ${index}`)
    const begun = { index, term, writer: this.options.store.beginSnapshot(snapshot), next: 0 }
    this.#transfer = begun
    return begun
  }

  #answer(exchange: Exchange, { snapshot }: InstallSnapshot, offset: number): void {
    this.options.take({ type: 'chunkStored', exchange, snapshotIndex: snapshot.index, offset })
  }

  async #failed(exchange: Exchange, message: InstallSnapshot, error: unknown): Promise<void> {
    this.options.logger.error(`a piece of a snapshot could not be stored: ${String(error)}`)
    await this.#discard()
    this.#answer(exchange, message, 0)
  }

  async #discard(): Promise<void> {
    const transfer = this.#transfer
    this.#transfer = undefined
    await transfer?.writer.discard().catch(() => undefined)
  }
}

/**
 * What can't be put in place must not take the place of what is there: a snapshot that is not what it is said to be.
 */
function checkHead({ data, snapshot }: InstallSnapshot): void {
  const json = headIn(data)
  if (json === undefined) return
  const { index, term } = readHead(json)
  if (index === snapshot.index && term === snapshot.term) return
  throw new Error(
    `it was announced at entry ${snapshot.index} of term ${snapshot.term}, and says that it stands at entry ${index} of term ${term}`,
  )
}
