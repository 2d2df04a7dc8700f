/** Messages that come by HTTP, each a connection of its own: their calls run in turns with those of all connections. */
import type { Work } from './batch.js'
import type { JsonRpc } from './jsonrpc.js'
import type { Turns } from './turns.js'

export class Exchanges {
  readonly #rpc: JsonRpc
  readonly #turns: Turns

  constructor(rpc: JsonRpc, turns: Turns) {
    this.#rpc = rpc
    this.#turns = turns
  }

  /** Undefined: there is nothing to say. Never rejects. */
  answer(text: string, remote: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const context = { kind: 'http', remote, result: this.#result } as const
      const begin = (): Work | undefined => this.#rpc.answer(text, context, resolve)
      if (!this.#turns.admits()) {
        this.#wait(text.length, begin)
        return
      }
      const work = begin()
      this.#turns.ended()
      if (work !== undefined) this.#wait(text.length, () => work)
    })
  }

  readonly #result = (write: () => void): void => {
    if (this.#turns.admitsResult()) {
      write()
      this.#turns.written()
      return
    }
    let isWritten = false
    this.#turns.wait({
      runNext: () => {
        if (isWritten) return undefined
        isWritten = true
        write()
        return 0
      },
    })
  }

  #wait(bytes: number, begin: () => Work | undefined): void {
    let work: Work | undefined
    let hasBegun = false
    this.#turns.wait({
      runNext: () => {
        if (!hasBegun) {
          hasBegun = true
          work = begin()
          return bytes
        }
        if (work === undefined) return undefined
        const { bytesOfEach } = work
        if (!work.next()) work = undefined
        return bytesOfEach
      },
    })
  }
}
