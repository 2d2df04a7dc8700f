/** Clients of the simulated cluster: what they asked, what they were told, and what must therefore be true. */
import assert from 'node:assert/strict'
import type { Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Member, Running } from './member.js'
import type { Life, World } from './world.js'

type Told = 'acknowledged' | 'executed' | 'not-executed' | 'unknown'

interface Call {
  readonly life: Life
  readonly method: string
  readonly params: readonly Json[]
  told: Told | undefined
  value: unknown
}

export class Clients {
  readonly calls: Call[] = []
  /** The first answer that no client may ever get. */
  broken: unknown
  #next = 1

  constructor(private readonly world: World) {}

  /** One command or query at that member, whatever its role. */
  call(member: Member, kind = this.world.dice.below(4)): Call | undefined {
    const { running } = member
    if (running === undefined) return undefined
    const id = this.#next++
    if (kind === 0) return this.#send(running, 'counter.increment', [1])
    if (kind === 1) return this.#send(running, 'kv.set', [`key${id % 3}`, id])
    if (kind === 2) return this.#readCounter(running)
    return this.#send(running, 'log.append', [`text ${id}`])
  }

  #send(
    running: Running,
    method: string,
    params: readonly Json[],
    onValue: (value: unknown) => void = () => undefined,
  ): Call {
    const call: Call = { life: running.life, method, params, told: undefined, value: undefined }
    this.calls.push(call)
    invoke(running, method, params, this.world.now + 1000)
      .then(
        (value) => {
          if (call.told !== undefined) return
          this.#settle(call, 'acknowledged', value)
          onValue(value)
        },
        (error: unknown) => {
          if (!(error instanceof RollcallError)) throw error
          this.#settle(call, error.outcome, error.label)
        },
      )
      .catch((error: unknown) => (this.broken ??= error))
    return call
  }

  #settle(call: Call, told: Told, value: unknown): void {
    if (call.told !== undefined) return
    call.told = told
    call.value = value
    this.world.note(`${call.method}(${JSON.stringify(call.params)}) is ${told}: ${JSON.stringify(value)}`)
  }

  /** Linearizable: all increments acknowledged before the question count in the answer. */
  #readCounter(running: Running): Call {
    const least = this.#count('counter.increment', 'acknowledged')
    return this.#send(running, 'counter.value', [], (value) =>
      assert.ok(
        typeof value === 'number' && value >= least,
        `a stale read: ${String(value)}, at least ${least} expected`,
      ),
    )
  }

  #count(method: string, told: Told): number {
    return this.calls.filter((call) => call.method === method && call.told === told).length
  }

  /** Whoever waits for a process that died knows nothing. */
  crashed(life: Life): void {
    for (const call of this.calls) if (call.life === life) this.#settle(call, 'unknown', 'CRASHED')
  }

  /** Holds what every member has against what the clients were told. */
  async verify(member: Member): Promise<void> {
    const { running } = member
    assert.ok(running, `${member.id} runs at the end`)
    const entries = await stale(running, 'log.entries', [1, 1000])
    assert.ok(Array.isArray(entries))
    const texts = entries.map((entry: unknown) => JSON.stringify(entry))
    for (const call of this.calls.filter(({ method }) => method === 'log.append'))
      this.#verifyAppend(member, call, texts)
    const total = await stale(running, 'counter.value', [])
    const least = this.#count('counter.increment', 'acknowledged')
    const most = least + this.#count('counter.increment', 'unknown')
    assert.ok(
      typeof total === 'number' && total >= least && total <= most,
      `${member.id} counts ${String(total)}, not ${least} to ${most}`,
    )
  }

  #verifyAppend(member: Member, call: Call, texts: readonly string[]): void {
    const [text] = call.params
    const times = texts.filter((entry) => entry.endsWith(`"command":${JSON.stringify(text)}}`)).length
    const story = `${member.id} holds ${JSON.stringify(text)} ${times} times, and the client was told ${String(call.told)}`
    if (call.told === 'not-executed') assert.equal(times, 0, story)
    else if (call.told === 'unknown') assert.ok(times <= 1, story)
    else {
      assert.equal(times, 1, story)
      const place = JSON.parse(JSON.stringify(call.value)) as { index: number }
      assert.ok(texts[place.index - 1]?.includes(JSON.stringify(text)), `${story}, at ${place.index}`)
    }
  }
}

export function stale(running: Running, method: string, params: readonly Json[]): Promise<unknown> {
  return invoke(running, method, params, Infinity, 'stale')
}

async function invoke(
  running: Running,
  name: string,
  params: readonly Json[],
  deadline: number,
  consistency: 'linearizable' | 'stale' = 'linearizable',
): Promise<unknown> {
  const [object = '', method = ''] = name.split('.')
  const exposed = running.replica.objects.get(object)?.methods.get(method)
  assert.ok(exposed, `there is no ${name}`)
  return exposed.handler(params, {
    connection: { kind: 'lines', remote: 'client' },
    meta: { consistency },
    deadline: deadline === Infinity ? undefined : ms(deadline),
  })
}
