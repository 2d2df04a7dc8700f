/**
 * Why this member must end by the others' word: it was removed, its folder is not the one that they know, or is run
 * twice.
 */
import type { Clock, Ms } from '../../ports.js'
import type { Hearers, LogIndex, RaftView, ServerId } from '../../raft/types.js'
import { RemovedMemberError, RunTwiceError, WipedMemberError } from './hello-refusals.js'
import { isNamed } from './hello.js'

export interface OwnEndOptions {
  readonly id: ServerId
  /** It waits to be added, perhaps again. Default false. */
  readonly joins?: boolean | undefined
  readonly clock: Clock
  readonly settings: { readonly heartbeat: Ms }
  /** The last entry that it had when it started. */
  readonly recoveredIndex: number
  readonly view: () => RaftView
  /** As the replica's. */
  readonly dataAge: () => Ms | null
  readonly fail: (error: Error) => void
}

export class OwnEnd {
  #isLeaving = false

  constructor(private readonly options: OwnEndOptions) {}

  get hearers(): Hearers {
    return {
      removed: ({ index }) => this.#removed(index),
      wipedMember: ({ peer }) => this.#checkFolder(peer),
    }
  }

  folderLost(): void {
    this.options.fail(new WipedMemberError(this.options.id))
  }

  runTwice(where?: string): void {
    this.options.fail(new RunTwiceError(this.options.id, where))
  }

  /** No leader speaks to it any more. One that comes back reads of its removal until it has come to what is now. */
  toldOfRemoval(): void {
    const { joins = false, dataAge } = this.options
    if (!joins || dataAge() !== null) this.#leave()
  }

  #checkFolder(wiped: ServerId): void {
    if (wiped === this.options.id) this.folderLost()
  }

  /** One that has come back, or is about to, with the folder that it had has read of its removal before. */
  #removed(index: LogIndex): void {
    const { id, joins = false, view, recoveredIndex } = this.options
    const isBack = joins || isNamed(id, view())
    if (!isBack || index > recoveredIndex) this.#leave()
  }

  /** Whoever asked for it still gets an answer from here. */
  #leave(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    const { clock, settings, id, fail } = this.options
    clock.after(settings.heartbeat, () => fail(new RemovedMemberError(id)))
  }
}
