/** Everything about snapshots at one replica: taken, sent, received, put in place. */
import type { Clock, Logger } from '../../ports.js'
import type { Doers, EffectOf, Input, LogIndex, RaftServer, SnapshotPosition } from '../../raft/types.js'
import { logIndex } from '../../raft/types.js'
import type { Applied } from '../machine/applied.js'
import type { StateMachine } from '../machine/machine.js'
import { readAhead } from './read-ahead.js'
import type { SnapshotEvent } from './snapshot-event.js'
import { SnapshotReceiver } from './snapshot-receiver.js'
import { SnapshotSender } from './snapshot-sender.js'
import type { SnapshotFile, SnapshotStore } from './snapshot-store.js'
import { Snapshotter, type SnapshotLimits } from './snapshotter.js'

export interface SnapshotsOptions {
  readonly raft: RaftServer
  readonly machine: StateMachine
  readonly store: SnapshotStore
  readonly limits: SnapshotLimits
  readonly clock: Clock
  readonly logger: Logger
  readonly take: (input: Input) => void
  readonly applied: Applied
  readonly send: (wish: Pick<EffectOf<'send'>, 'to' | 'message'>) => void
  readonly tell: (event: SnapshotEvent) => void
}

export class Snapshots {
  readonly #options: SnapshotsOptions
  readonly #snapshotter: Snapshotter
  readonly #sender: SnapshotSender
  readonly #receiver: SnapshotReceiver

  constructor(options: SnapshotsOptions) {
    this.#options = options
    const { raft, machine, take, applied } = options
    this.#sender = new SnapshotSender({
      ...options,
      view: () => raft.view,
      unreachable: (peer) => take({ type: 'peerUnreachable', peer }),
    })
    this.#receiver = new SnapshotReceiver(options)
    this.#snapshotter = new Snapshotter({
      ...options,
      capture: () => machine.capture(),
      position: () => raft.positionAt(applied.index),
      sizeAt: (index) => raft.sizeAt(index),
      needed: (from) => this.#sender.needed(from),
      compacted: (index) => {
        take({ type: 'compact', index: logIndex(Math.min(index, applied.index)) })
        this.#sender.releaseUnwanted()
      },
    })
  }

  /** How much the objects hold. */
  get state(): Pick<Snapshotter, 'stateSize'> {
    return this.#snapshotter
  }

  /** A snapshot of everything applied by now, or a later one. Rejects when it can't be written. */
  async take(): Promise<SnapshotFile> {
    const wanted = this.#options.applied.index
    const file = await this.#snapshotter.take()
    // The one that was under way already may have been begun too early.
    return file.position.index >= wanted ? file : this.#snapshotter.take()
  }

  get doers(): Doers<'sendSnapshot' | 'storeChunk'> {
    const [sender, receiver] = [this.#sender, this.#receiver]
    return {
      sendSnapshot: sender.send.bind(sender),
      storeChunk: receiver.store.bind(receiver),
    }
  }

  /** Puts the state machine to where the stored snapshot stands. It may be a newer one than the core asked for. */
  async restore({ index }: SnapshotPosition): Promise<LogIndex> {
    const { snapshot } = this.#options.store
    if (snapshot === undefined || snapshot.position.index < index) {
      throw new Error(`the snapshot at entry ${index} was stored, and is gone`)
    }
    await this.#options.machine.restore(chunksOf(snapshot))
    this.#snapshotter.restored(snapshot)
    this.#options.tell({ type: 'snapshotRestored', index: snapshot.position.index })
    return snapshot.position.index
  }

  async end(): Promise<void> {
    this.#snapshotter.end()
    this.#sender.end()
    await this.#receiver.end()
  }
}

/** The pieces in order. The file stays readable until the last one is taken, or nobody wants more. */
export function chunksOf(file: SnapshotFile): AsyncGenerator<string> {
  file.retain()
  return pieces(file)
}

async function* pieces(file: SnapshotFile): AsyncGenerator<string> {
  try {
    yield* readAhead(file.chunks, (number) => file.chunk(number))
  } finally {
    file.release()
  }
}
