/** How a simulated client reaches a member: its calls take a while, and their answers may be lost. */
import assert from 'node:assert/strict'
import type { Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { Answer } from '../../lib/rpc/host.js'
import type { AnswerMeta, CallMeta } from '../../lib/rpc/host.js'
import type { Running } from './member.js'
import type { Life, World } from './world.js'

/** What the client was told of one attempt. */
export type Outcome =
  | { readonly told: 'acknowledged'; readonly value: Json; readonly meta: AnswerMeta | undefined }
  | { readonly told: 'executed' | 'not-executed' | 'unknown'; readonly label: string }

/** The member's budget for a call, and how long the client waits for the answer; virtual milliseconds. */
const BUDGET_MS = 1000
const PATIENCE_MS = 1600

export class Calls {
  readonly #waiting = new Map<Life, Set<(outcome: Outcome) => void>>()

  constructor(private readonly world: World) {}

  /** One attempt at that process. `member` stands for the member's own object. */
  attempt(
    { life, replica }: Running,
    name: string,
    params: readonly Json[],
    meta: CallMeta = {},
  ): Promise<Outcome> {
    const { world } = this
    const isAnswerLost = world.isChaotic && world.dice.chance(30)
    return new Promise((resolve) => {
      const settle = this.#waiter(life, resolve)
      world.after(PATIENCE_MS, () => settle({ told: 'unknown', label: 'NO_ANSWER' }))
      life.after(world.dice.delay(2), () => {
        invoke({ replica }, name, params, meta, world.now + BUDGET_MS).then(
          (value) => isAnswerLost || settle(told(value)),
          (error: unknown) => {
            if (!(error instanceof RollcallError)) world.broken ??= error
            else if (!isAnswerLost) settle({ told: error.outcome, label: error.label })
          },
        )
      })
    })
  }

  #waiter(life: Life, resolve: (outcome: Outcome) => void): (outcome: Outcome) => void {
    const waiting = this.#waiting.get(life) ?? new Set()
    this.#waiting.set(life, waiting)
    const settle = (outcome: Outcome) => {
      waiting.delete(settle)
      resolve(outcome)
    }
    waiting.add(settle)
    return settle
  }

  /** Whoever waits for a process that died knows nothing. */
  crashed(life: Life): void {
    const waiting = [...(this.#waiting.get(life) ?? [])]
    this.#waiting.delete(life)
    for (const settle of waiting) settle({ told: 'unknown', label: 'CRASHED' })
  }
}

function told(value: unknown): Outcome {
  return value instanceof Answer
    ? { told: 'acknowledged', value: value.result, meta: value.meta }
    : { told: 'acknowledged', value: value as Json, meta: undefined }
}

/** What the member holds, whatever the others do. */
export async function stale(running: Running, method: string, params: readonly Json[]): Promise<Json> {
  const answer = await invoke(running, method, params, { consistency: 'stale' }, Infinity)
  return answer instanceof Answer ? answer.result : (answer as Json)
}

async function invoke(
  { replica }: Pick<Running, 'replica'>,
  name: string,
  params: readonly Json[],
  meta: CallMeta,
  deadline: number,
): Promise<unknown> {
  const [object = '', method = ''] = name.split('.')
  const exposed = (object === 'member' ? replica.member : replica.objects.get(object))?.methods.get(method)
  assert.ok(exposed, `there is no ${name}`)
  return exposed.handler(params, {
    connection: { kind: 'lines', remote: 'client' },
    meta,
    deadline: deadline === Infinity ? undefined : ms(deadline),
  })
}
