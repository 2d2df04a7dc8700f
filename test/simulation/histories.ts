/** What the clients did to each object, and what they were told, for the checker. */
import assert from 'node:assert/strict'
import type { Json } from '../../lib/json.js'
import { draw } from '../../testing/checker/draw.js'
import { Recorder } from '../../testing/checker/history.js'
import type { Begun, MethodCall } from '../../testing/checker/history.js'
import { check } from '../../testing/checker/linearizability.js'
import type { Model } from '../../testing/checker/model.js'
import { counterModel } from '../../testing/checker/models/counter.js'
import { kvModel } from '../../testing/checker/models/kv.js'
import { logModel } from '../../testing/checker/models/log.js'
import { smallestPart } from '../../testing/checker/smallest.js'
import type { World } from '../../testing/simulator/world.js'
import type { Outcome } from './calls.js'
import { namesModel } from './names-model.js'

/** For each part that is judged by itself: about 50 ms. A history of which one takes more is counted as undecided. */
const STEPS_MAX = 50_000

/** The objects with a history. The names of the name server are one. */
export type Recorded = 'kv' | 'counter' | 'log' | 'names'

export class Histories {
  readonly #world: World
  readonly #recorders: Readonly<Record<Recorded, Recorder>> = {
    kv: new Recorder(),
    counter: new Recorder(),
    log: new Recorder(),
    names: new Recorder(),
  }

  constructor(world: World) {
    this.#world = world
  }

  begin(client: string, object: Recorded, method: string, params: readonly Json[]): Begun<Json> {
    return this.#recorders[object].begin(client, { object, method, params })
  }

  /** @throws AssertionError with the smallest failing part, drawn as text */
  verify(): void {
    this.#verify('kv', kvModel)
    this.#verify('names', namesModel)
    this.#verify('counter', counterModel)
    this.#verify('log', logModel)
  }

  #verify<State>(object: Recorded, model: Model<State, MethodCall, Json>): void {
    const { history } = this.#recorders[object]
    const verdict = check(history, model, { stepsMax: STEPS_MAX })
    this.#world.count(`histories of ${object} ${verdict.kind}`)
    if (verdict.kind !== 'not linearizable') return
    const part = smallestPart(verdict.evidence, model)
    assert.fail(`the history of ${object} is not linearizable:\n${draw(part, model)}`)
  }
}

/** How a call that has an outcome ends in the history. One that only reads leaves no trace without an answer. */
export function record(begun: Begun<Json>, outcome: Outcome, isRead = false): void {
  if (outcome.told === 'acknowledged') begun.ok(outcome.value)
  else if (outcome.told === 'not-executed' || isRead) begun.failed()
  else begun.unknown()
}
