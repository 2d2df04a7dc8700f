/** What clients asked for, what they were told, and what every member must therefore hold. */
import assert from 'node:assert/strict'
import { isList, membersOf, type Json } from '../../lib/json.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { Begun } from '../../testing/checker/history.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { World } from '../../testing/simulator/world.js'
import { stale } from './calls.js'
import type { Outcome } from './calls.js'
import { CounterAccount } from './counter-account.js'
import { Histories, record } from './histories.js'
import type { Recorded } from './histories.js'

/** One command of one client, sent once or, in a session, until something is known. */
export interface Command {
  readonly object: Recorded
  readonly method: string
  readonly params: readonly Json[]
  readonly begun: Begun<Json>
  outcome: Outcome | undefined
}

/** Each key is written and read for a while only, so that its history stays short. */
const COMMANDS_OF_A_KEY = 20
const KEYS_AT_A_TIME = 3

export class Ledger {
  readonly counter: CounterAccount
  readonly histories: Histories
  readonly #commands: Command[] = []
  #next: number

  /** `first`: the number of the first command. */
  constructor(
    private readonly world: World,
    first = 1,
  ) {
    this.#next = first
    this.counter = new CounterAccount(world)
    this.histories = new Histories(world)
  }

  get acknowledged(): number {
    return this.#commands.filter(({ outcome }) => outcome?.told === 'acknowledged').length
  }

  /** A command that differs from all others, or adds one to the counter. */
  draw(client: string): Command {
    const id = this.#next++
    switch (this.world.dice.below(3)) {
      case 0:
        return this.begin(client, 'counter', 'increment', [1])
      case 1:
        return this.begin(client, 'kv', 'set', [this.key(id), id])
      default:
        return this.begin(client, 'log', 'append', [`text ${id}`])
    }
  }

  /** One of the keys that are in use now. */
  key(id: number = this.#next + this.world.dice.below(KEYS_AT_A_TIME)): string {
    const period = Math.floor(id / (COMMANDS_OF_A_KEY * KEYS_AT_A_TIME))
    return `key${id % KEYS_AT_A_TIME}.${period}`
  }

  begin(client: string, object: Recorded, method: string, params: readonly Json[]): Command {
    const begun = this.histories.begin(client, object, method, params)
    const command: Command = { object, method, params, begun, outcome: undefined }
    this.#commands.push(command)
    if (object === 'counter') this.counter.begin()
    return command
  }

  settle(command: Command, outcome: Outcome): void {
    if (command.outcome !== undefined) return
    command.outcome = outcome
    record(command.begun, outcome)
    const { object, method, params } = command
    const answer = outcome.told === 'acknowledged' ? JSON.stringify(outcome.value) : outcome.label
    this.world.note(`${object}.${method}(${JSON.stringify(params)}) is ${outcome.told}: ${answer}`)
  }

  /** What the member holds counts as acknowledged, one after the other: clients go on from there. */
  async inherit(replica: Replica): Promise<void> {
    const total = Number(await stale(replica, 'counter.value', []))
    for (let value = 1; value <= total; value++) this.#inherited('counter', 'increment', [1], value)
    this.counter.take(total, total, 'the backup')
    for (const { index, term, command } of await logOf(replica))
      this.#inherited('log', 'append', [command], { index, term })
    const values = new Map<string, Json>()
    for (const { topic, data } of await history(replica)) {
      this.#inherited('kv', 'set', [topic, data.value], values.get(topic) ?? null)
      values.set(topic, data.value)
    }
  }

  #inherited(object: Recorded, method: string, params: readonly Json[], value: Json): void {
    const command = this.begin('the backup', object, method, params)
    this.settle(command, { told: 'acknowledged', value, meta: undefined })
  }

  /** Holds what the member has against what the clients were told. */
  async verify({ id, replica }: SimulatedNode): Promise<void> {
    assert.ok(replica, `${id} runs at the end`)
    await this.#verifyLog(id, replica)
    await this.#verifyCounter(id, replica)
    await this.#verifyKeys(id, replica)
  }

  async #verifyLog(id: string, replica: Replica): Promise<void> {
    const entries = await logOf(replica)
    const texts = entries.map((entry) => JSON.stringify(entry))
    const own = new Set(this.#of('log').map(({ params: [text] }) => text))
    const foreign = entries.filter(({ command }) => !own.has(command))
    assert.deepEqual(foreign, [], `${id} holds what none of its clients has appended`)
    for (const command of this.#of('log')) {
      const text = JSON.stringify(command.params[0])
      const found = texts.filter((entry) => entry.endsWith(`"command":${text}}`))
      const story = holds(id, command, found.length)
      if (!('value' in (command.outcome ?? {}))) continue
      const { index, term } = answerOf(command) as { index: number; term: number }
      assert.equal(texts[index - 1], `{"index":${index},"term":${term},"command":${text}}`, story)
    }
  }

  async #verifyCounter(id: string, replica: Replica): Promise<void> {
    const total = await stale(replica, 'counter.value', [])
    const told = this.#of('counter').map(({ outcome }) => outcome?.told)
    const least = told.filter((each) => each === 'acknowledged').length
    const most = told.filter((each) => each !== 'not-executed').length
    const story = `${id} counts ${JSON.stringify(total)}, not ${least} to ${most}`
    assert.ok(typeof total === 'number' && total >= least && total <= most, story)
  }

  /** Each set is an event; its answer is the value of the event before. */
  async #verifyKeys(id: string, replica: Replica): Promise<void> {
    const events = await history(replica)
    const own = new Set(this.#of('kv').map(({ params: [, value] }) => value))
    const foreign = events.filter(({ data }) => !own.has(data.value))
    assert.deepEqual(foreign, [], `${id} holds what none of its clients has set`)
    for (const command of this.#of('kv')) {
      const [key, value] = command.params
      const isOwn = ({ data }: KeyEvent) => data.value === value
      const story = holds(id, command, events.filter(isOwn).length)
      if (!('value' in (command.outcome ?? {}))) continue
      const before = events.slice(0, events.findIndex(isOwn)).findLast(({ topic }) => topic === key)
      assert.deepEqual(answerOf(command), before?.data.value ?? null, story)
    }
  }

  #of(object: Recorded): readonly Command[] {
    return this.#commands.filter((command) => command.object === object)
  }
}

/** An entry of `log`. */
interface LogEntry {
  readonly index: number
  readonly term: number
  readonly command: string
}

/** An event of `kv`. */
export interface KeyEvent {
  readonly index: number
  readonly topic: string
  readonly data: { readonly value: Json }
}

/** All that the member has in `log`. */
async function logOf(replica: Replica): Promise<readonly LogEntry[]> {
  const entries = await stale(replica, 'log.entries', [1, 1000])
  assert.ok(isList(entries))
  return entries.map((entry) => {
    const { index, term, command } = membersOf(entry)
    return { index: Number(index), term: Number(term), command: text(command) }
  })
}

function text(value: Json | undefined): string {
  assert.ok(typeof value === 'string')
  return value
}

/** Everything that the member knows to have happened to `kv`. */
export async function history(replica: Replica): Promise<readonly KeyEvent[]> {
  const found: KeyEvent[] = []
  for (let from = 0; ;) {
    const { events, next } = (await stale(replica, 'watch.next', ['kv', from, { waitMs: 0 }])) as unknown as {
      events: KeyEvent[]
      next: number
    }
    if (events.length === 0) return found
    found.push(...events)
    from = next
  }
}

/** Once if it was acknowledged, never if it was not executed, at most once otherwise. */
function holds(id: string, { method, params, outcome }: Command, times: number): string {
  const story = `${id} holds ${method}(${JSON.stringify(params)}) ${times} times, and the client was told ${outcome?.told ?? 'nothing'}`
  if (outcome?.told === 'not-executed') assert.equal(times, 0, story)
  else if (outcome?.told === 'acknowledged') assert.equal(times, 1, story)
  else assert.ok(times <= 1, story)
  return story
}

function answerOf({ outcome }: Command): Json | undefined {
  return outcome?.told === 'acknowledged' ? outcome.value : undefined
}
