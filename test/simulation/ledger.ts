/** What clients asked for, what they were told, and what every member must therefore hold. */
import assert from 'node:assert/strict'
import type { Json } from '../../lib/json.js'
import { stale } from './calls.js'
import type { Outcome } from './calls.js'
import { CounterAccount } from './counter-account.js'
import type { Member, Running } from './member.js'
import type { World } from './world.js'

/** One command of one client, sent once or, in a session, until something is known. */
export interface Command {
  readonly method: string
  readonly params: readonly Json[]
  outcome: Outcome | undefined
}

export class Ledger {
  readonly counter: CounterAccount
  readonly #commands: Command[] = []
  #next = 1

  constructor(private readonly world: World) {
    this.counter = new CounterAccount(world)
  }

  get acknowledged(): number {
    return this.#commands.filter(({ outcome }) => outcome?.told === 'acknowledged').length
  }

  /** A command that differs from all others, or adds one to the counter. */
  draw(): Command {
    const id = this.#next++
    switch (this.world.dice.below(3)) {
      case 0:
        return this.begin('counter.increment', [1])
      case 1:
        return this.begin('kv.set', [`key${id % 3}`, id])
      default:
        return this.begin('log.append', [`text ${id}`])
    }
  }

  begin(method: string, params: readonly Json[]): Command {
    const command: Command = { method, params, outcome: undefined }
    this.#commands.push(command)
    if (method === 'counter.increment') this.counter.begin()
    return command
  }

  settle(command: Command, outcome: Outcome): void {
    if (command.outcome !== undefined) return
    command.outcome = outcome
    const answer = outcome.told === 'acknowledged' ? JSON.stringify(outcome.value) : outcome.label
    this.world.note(`${command.method}(${JSON.stringify(command.params)}) is ${outcome.told}: ${answer}`)
  }

  /** Holds what the member has against what the clients were told. */
  async verify({ id, running }: Member): Promise<void> {
    assert.ok(running, `${id} runs at the end`)
    await this.#verifyLog(id, running)
    await this.#verifyCounter(id, running)
    await this.#verifyKeys(id, running)
  }

  async #verifyLog(id: string, running: Running): Promise<void> {
    const entries = await stale(running, 'log.entries', [1, 1000])
    assert.ok(isList(entries))
    const texts = entries.map((entry) => JSON.stringify(entry))
    for (const command of this.#of('log.append')) {
      const text = JSON.stringify(command.params[0])
      const found = texts.filter((entry) => entry.endsWith(`"command":${text}}`))
      const story = holds(id, command, found.length)
      if (!('value' in (command.outcome ?? {}))) continue
      const { index, term } = answerOf(command) as { index: number; term: number }
      assert.equal(texts[index - 1], `{"index":${index},"term":${term},"command":${text}}`, story)
    }
  }

  async #verifyCounter(id: string, running: Running): Promise<void> {
    const total = await stale(running, 'counter.value', [])
    const told = this.#of('counter.increment').map(({ outcome }) => outcome?.told)
    const least = told.filter((each) => each === 'acknowledged').length
    const most = told.filter((each) => each !== 'not-executed').length
    const story = `${id} counts ${JSON.stringify(total)}, not ${least} to ${most}`
    assert.ok(typeof total === 'number' && total >= least && total <= most, story)
  }

  /** Each set is an event; its answer is the value of the event before. */
  async #verifyKeys(id: string, running: Running): Promise<void> {
    const events = await history(running)
    for (const command of this.#of('kv.set')) {
      const [key, value] = command.params
      const isOwn = ({ data }: KeyEvent) => data.value === value
      const story = holds(id, command, events.filter(isOwn).length)
      if (!('value' in (command.outcome ?? {}))) continue
      const before = events.slice(0, events.findIndex(isOwn)).findLast(({ topic }) => topic === key)
      assert.deepEqual(answerOf(command), before?.data.value ?? null, story)
    }
  }

  #of(method: string): readonly Command[] {
    return this.#commands.filter((command) => command.method === method)
  }
}

/** An event of `kv`. */
export interface KeyEvent {
  readonly index: number
  readonly topic: string
  readonly data: { readonly value: Json }
}

/** Everything that the member knows to have happened to `kv`. */
export async function history(running: Running): Promise<readonly KeyEvent[]> {
  const found: KeyEvent[] = []
  for (let from = 0; ;) {
    const { events, next } = (await stale(running, 'watch.next', ['kv', from, { waitMs: 0 }])) as unknown as {
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

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
