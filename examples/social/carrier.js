/**
 * Carries what stands in a cluster's streams to the other clusters, in order, until they have it. Where it is killed,
 * or two of it run for a while, what was sent is sent again, and ignored there: it remembers nothing itself.
 */

/** It is told of everything: this is for what it was not told of, by a fault. Milliseconds. */
const SWEEP_MS = 30_000
/** After something has failed. Milliseconds. */
const RETRY_MS = 500

export class Carrier {
  #options
  #asked = new Set()
  #underWay = new Set()

  /**
   * `rollcall`: of its own cluster. `deliver(cluster, batch)`: gives it to that cluster's `receive`, and resolves to
   * what that answers. `pause(ms, signal)`; `tell(line)`.
   */
  constructor(options) {
    this.#options = { ...options, timelines: options.rollcall.object('timelines') }
  }

  /** Until the signal is aborted. */
  async run(signal) {
    const { pause, tell } = this.#options
    const sweeping = this.#sweep(signal)
    while (!signal.aborted) {
      try {
        await this.#follow(signal)
      } catch (error) {
        tell(`can't hear of what there is to carry: ${error.message}`)
        await pause(RETRY_MS, signal)
      }
    }
    await sweeping
  }

  async #follow(signal) {
    const watch = this.#options.rollcall.watch('timelines', { prefix: 'to/', signal })
    try {
      await watch.begin()
      await this.#carryAll(signal)
      for await (const { topic } of watch) this.#carry(topic.slice('to/'.length), signal)
    } finally {
      await watch.return()
    }
  }

  async #sweep(signal) {
    while (!signal.aborted) {
      await this.#options.pause(SWEEP_MS, signal)
      if (!signal.aborted) await this.#carryAll(signal).catch(() => undefined)
    }
  }

  async #carryAll(signal) {
    for (const cluster of await this.#options.timelines.destinations()) this.#carry(cluster, signal)
  }

  #carry(cluster, signal) {
    this.#asked.add(cluster)
    if (this.#underWay.has(cluster)) return
    this.#underWay.add(cluster)
    void this.#carryTo(cluster, signal)
  }

  async #carryTo(cluster, signal) {
    const { pause, tell } = this.#options
    let isStuck = false
    while (!signal.aborted && this.#asked.delete(cluster))
      try {
        while (!signal.aborted && (await this.#carryBatch(cluster)));
        if (isStuck) tell(`${cluster} has all that has waited for it`)
        isStuck = false
      } catch (error) {
        // Once, not every time that it fails.
        if (!isStuck) tell(`what is for ${cluster} waits here: ${error.message}`)
        isStuck = true
        this.#asked.add(cluster)
        await pause(RETRY_MS, signal)
      }
    this.#underWay.delete(cluster)
  }

  /** Whether there may be more. */
  async #carryBatch(cluster) {
    const { timelines, deliver } = this.#options
    const batch = await timelines.outgoing(cluster)
    if (batch === null) return false
    const upTo = await deliver(cluster, batch)
    await timelines.carried(cluster, batch.stream, upTo)
    return true
  }
}
