/** The nodes of a cluster that changes: which there are, which are down, and whose loss the cluster survives now. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../../harness/cluster.js'
import type { Running } from '../../harness/processes.js'
import type { NodeProcess } from './node-process.js'

interface FleetNode {
  readonly process: NodeProcess
  /** Whether it has come so far that it can take part. */
  isReady: boolean
  /** Whether somebody has told it to end. */
  isTold: boolean
}

export class Fleet {
  /** Nodes that ended though nobody had told them to, with their last words. */
  readonly surprises: string[] = []
  readonly #cluster: Cluster
  readonly #logs: string | undefined
  readonly #nodes = new Map<string, FleetNode>()
  /** While a change of members is under way, either may be in force. */
  #before: readonly string[]
  #after: readonly string[]

  /** `logs`: a folder that gets what the nodes have logged. */
  constructor(cluster: Cluster, logs: string | undefined) {
    this.#cluster = cluster
    this.#logs = logs
    if (logs !== undefined) mkdirSync(logs, { recursive: true })
    this.#before = this.#after = cluster.ids
    for (const id of cluster.ids) this.#runs(id, cluster.process(id))
  }

  get members(): readonly string[] {
    return this.#after
  }

  get running(): readonly string[] {
    return [...this.#nodes].flatMap(([id, node]) =>
      node.process.isRunning && node.isReady && !node.isTold ? [id] : [],
    )
  }

  /** Whether a process of the node runs. */
  isUp(id: string): boolean {
    return this.#nodes.get(id)?.process.isRunning === true
  }

  /** A change of members begins. */
  changing(after: readonly string[]): void {
    this.#before = this.#after
    this.#after = after
  }

  /** The change is over. */
  changed(): void {
    this.#before = this.#after
  }

  /** The node runs in this process now, and takes part as soon as it is `ready`. */
  has(id: string, process: NodeProcess, ready: Promise<void> = Promise.resolve()): void {
    const node = { process, isTold: false, isReady: false }
    this.#nodes.set(id, node)
    ready.then(
      () => (node.isReady = true),
      () => undefined,
    )
    void process.ended.then(() => {
      const isLeaving = !this.#after.includes(id)
      if (!node.isTold && !isLeaving) this.surprises.push(`${id} ended by itself: ${lastWords(process)}`)
      if (this.#logs !== undefined) appendFileSync(join(this.#logs, `${id}.log`), `${process.stderr}---\n`)
    })
  }

  /** Those of which any one may be lost, and a majority of the voters still runs. */
  get expendable(): readonly string[] {
    const { running } = this
    return running.filter((id) =>
      [this.#before, this.#after].every((voters) => {
        const left = voters.filter((voter) => voter !== id && running.includes(voter))
        return left.length * 2 > voters.length
      }),
    )
  }

  /** Resolves when the process has ended. */
  async stop(id: string, signal: NodeJS.Signals): Promise<void> {
    const node = this.#nodes.get(id)
    if (node === undefined) return
    node.isTold = true
    node.process.signal(signal)
    await node.process.ended
  }

  /** Starts a node again that was stopped, unless it has been retired meanwhile. */
  start(id: string): void {
    if (this.#nodes.get(id)?.process.isRunning === false) this.#runs(id, this.#cluster.startNode(id))
  }

  /** All that are down. */
  startAll(): void {
    for (const id of this.#nodes.keys()) this.start(id)
  }

  /**
   * The node was removed from the cluster: it may end by itself, and is not started again. True when it did so within
   * `patienceMs`; else it is killed.
   */
  async retire(id: string, patienceMs: number): Promise<boolean> {
    const node = this.#nodes.get(id)
    if (node === undefined) return true
    this.#nodes.delete(id)
    node.isTold = true
    const isOver = node.process.ended.then(() => true)
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, patienceMs, false).unref())
    const endedByItself = await Promise.race([isOver, late])
    if (!endedByItself) node.process.signal('SIGKILL')
    await isOver
    return endedByItself
  }

  async end(): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((id) => this.stop(id, 'SIGKILL')))
  }

  #runs(id: string, process: Running): void {
    this.has(id, process, process.says(/ ready: /))
  }
}

function lastWords({ stderr }: NodeProcess): string {
  return stderr.trimEnd().split('\n').slice(-3).join(' | ')
}
