/** Who leads, as a client that follows the leader's changes is told. */
import type { Rollcall } from '../../../api.js'

export class WatchedLeader {
  #leader: string | undefined
  readonly #client: Rollcall

  constructor(client: Rollcall) {
    this.#client = client
    void this.#follow()
  }

  get leader(): string | undefined {
    return this.#leader
  }

  end(): void {
    this.#client.close()
  }

  async #follow(): Promise<void> {
    for await (const uri of this.#client.watchLeader()) this.#leader = uri?.slice(0, uri.indexOf('@'))
  }
}
