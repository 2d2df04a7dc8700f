/** The processes that `rollcall up` started: start, kill, stop, and all of them at the end. */
import { UsageError } from '../../lib/command-line/report.js'
import { Child, type ChildPlan, type Ending } from './child.js'

export interface SupervisorEvents {
  /** One line that a process printed. */
  line(id: string, line: string): void
  /** A process ended that nobody here had asked to. `first`: it was the one of `startAll`, not of a later `start`. */
  died(id: string, ending: Ending, first: boolean): void
}

export class Supervisor {
  readonly #plans: ReadonlyMap<string, ChildPlan>
  readonly #events: SupervisorEvents
  readonly #running = new Map<string, Child>()
  #stopping = false

  constructor(plans: readonly ChildPlan[], events: SupervisorEvents) {
    this.#plans = new Map(plans.map((plan) => [plan.id, plan]))
    this.#events = events
  }

  ids(): readonly string[] {
    return [...this.#plans.keys()]
  }

  startAll(): void {
    for (const plan of this.#plans.values()) this.#launch(plan, true)
  }

  /** @throws UsageError for an unknown id, and when it runs already */
  async start(id: string): Promise<void> {
    const plan = this.#plan(id)
    if (this.#stopping) throw new UsageError(`${id} can't be started: everything is being stopped`)
    if (this.#running.has(id)) throw new UsageError(`${id} is running`)
    this.#launch(plan, false)
  }

  /** SIGKILL. Resolves when the process has ended. @throws UsageError when it does not run */
  async kill(id: string): Promise<void> {
    await this.#child(id).kill()
  }

  /**
   * SIGTERM, and SIGKILL if it has not ended after 5 s. Resolves when it has. @throws UsageError when it does not run
   */
  async stop(id: string): Promise<void> {
    await this.#child(id).stop()
  }

  /** Stops everything, the lowest rank first. May be called again; every call waits for the end. */
  async stopAll(): Promise<void> {
    this.#stopping = true
    const ranks = [...new Set([...this.#plans.values()].map((plan) => plan.rank))].sort((a, b) => a - b)
    for (const rank of ranks) {
      const children = [...this.#running.values()].filter((child) => child.plan.rank === rank)
      await Promise.all(children.map((child) => child.stopWithAll()))
    }
  }

  #launch(plan: ChildPlan, first: boolean): void {
    const child = new Child(plan, (line) => this.#events.line(plan.id, line))
    this.#running.set(plan.id, child)
    void child.ended.then((ending) => {
      this.#running.delete(plan.id)
      if (!ending.asked) this.#events.died(plan.id, ending, first)
    })
  }

  #plan(id: string): ChildPlan {
    const plan = this.#plans.get(id)
    if (plan === undefined)
      throw new UsageError(`there is no process ${id} here; there are ${this.ids().join(', ')}`)
    return plan
  }

  #child(id: string): Child {
    const child = this.#running.get(this.#plan(id).id)
    if (child === undefined) throw new UsageError(`${id} is not running; start it with: start ${id}`)
    return child
  }
}
