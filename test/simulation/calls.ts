/**
 * Callers that speak to one node at a time, over the wire and with what the wire says: no retries, no sessions of their
 * own.
 */
import assert from 'node:assert/strict'
import { parseJson, type Json } from '../../lib/json.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { Answer, JsonText } from '../../lib/rpc/exposed.js'
import type { AnswerMeta, CallMeta } from '../../lib/rpc/exposed.js'
import { parseUri } from '../../lib/rpc/uri.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { ProcessPorts, Program, SimulatedProcess } from '../../testing/simulator/process.js'
import type { World } from '../../testing/simulator/world.js'

/** What the client was told of one attempt. */
export type Outcome =
  | { readonly told: 'acknowledged'; readonly value: Json; readonly meta: AnswerMeta | undefined }
  | { readonly told: 'executed' | 'not-executed' | 'unknown'; readonly label: string }

/** The node's budget for a call, and how long the caller waits for the answer; virtual milliseconds. */
const BUDGET_MS = 1000
const PATIENCE_MS = 1600

export class Calls {
  readonly #world: World
  /** Nobody else speaks for the callers: it must not die. */
  readonly process: SimulatedProcess<Wire>

  /** `ownToken`: what the callers show. Default: nothing. */
  constructor(world: World, cluster: SimulatedCluster, ownToken?: () => string) {
    this.#world = world
    this.process = cluster.process('callers', 'callers', async (ports) => new Wire(ports, ownToken))
    this.process.start()
  }

  /** One attempt at that node. `member` stands for the node's own object. */
  async attempt(
    node: SimulatedNode,
    name: string,
    params: readonly Json[],
    meta: CallMeta = {},
  ): Promise<Outcome> {
    const wire = this.process.running
    assert.ok(wire, 'the callers run')
    const method = name.startsWith('member.') ? `${node.id}${name.slice('member'.length)}` : name
    let answerMeta: AnswerMeta | undefined
    return outcomeOf(this.#world, () =>
      wire.to(node.uri).call(method, params, {
        meta: { timeoutMs: BUDGET_MS, ...meta },
        timeoutMs: PATIENCE_MS,
        onAnswerMeta: (told) => (answerMeta = told),
      }),
    ).then((outcome) => (outcome.told === 'acknowledged' ? { ...outcome, meta: answerMeta } : outcome))
  }
}

/** Anything but an answer or an error of the wire is a failure of the run. */
export async function outcomeOf(world: World, call: () => Promise<Json>): Promise<Outcome> {
  try {
    return { told: 'acknowledged', value: await call(), meta: undefined }
  } catch (error) {
    if (error instanceof RollcallError) return { told: error.outcome, label: error.label }
    world.fail(error)
    throw error
  }
}

class Wire implements Program {
  readonly #connections = new Map<string, Connection>()

  constructor(
    private readonly ports: ProcessPorts,
    private readonly ownToken: (() => string) | undefined,
  ) {}

  to(uri: string): Connection {
    const known = this.#connections.get(uri)
    if (known !== undefined) return known
    const connection = new Connection({
      address: parseUri(uri).address,
      ...this.ports,
      ownToken: this.ownToken,
      isChosen: true,
    })
    this.#connections.set(uri, connection)
    return connection
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections.values()) connection.close()
  }
}

/** What the member holds, whatever the others do: looked at from inside. */
export async function stale(replica: Replica, name: string, params: readonly Json[]): Promise<Json> {
  const [object = '', method = ''] = name.split('.')
  const exposed = replica.objects.get(object)?.methods.get(method)
  assert.ok(exposed, `there is no ${name}`)
  const answer: unknown = await exposed.handler(params, {
    connection: { kind: 'lines', remote: 'the story' },
    meta: { consistency: 'stale' },
    deadline: undefined,
  })
  const result = answer instanceof Answer ? answer.result : (answer as Json)
  return result instanceof JsonText ? parseJson(result.text) : result
}
