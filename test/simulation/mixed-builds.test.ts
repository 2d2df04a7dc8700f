/**
 * Members of an older build among newer ones: what their hello does not say. None of it may be needed for a cluster to
 * serve, and to be upgraded one member after another.
 */
import assert from 'node:assert/strict'
import t from 'tap'
import { isObject, jsonIn, type Json, type JsonObject } from '../../lib/json.js'
import type { Transport } from '../../lib/ports.js'
import { PEACE } from '../../testing/simulator/paths.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { Stage } from './stage.js'

/** All that a hello says beyond who is there, in the order in which it was added to it. */
const NEWER = [
  ...['clusterIdInLog', 'priority', 'classes', 'settings', 'backup'],
  ...['isFounder', 'starts', 'knows', 'founders', 'logTime', 'frames'],
] as const

/** Without these members, wherever a message has a hello in it. */
function older(text: string, missing: readonly string[]): string {
  if (!text.includes('"incarnation"')) return text
  const message = jsonIn(text)
  return isObject(message) ? JSON.stringify(without(message, missing)) : text
}

function without(message: JsonObject, missing: readonly string[]): JsonObject {
  const { params, result } = message
  if (Array.isArray(params)) return { ...message, params: params.map((each: Json) => helloOf(each, missing)) }
  return result === undefined ? message : { ...message, result: helloOf(result, missing) }
}

function helloOf(json: Json, missing: readonly string[]): Json {
  if (!isObject(json) || json['incarnation'] === undefined || json['cluster'] === undefined) return json
  return Object.fromEntries(Object.entries(json).filter(([name]) => !missing.includes(name)))
}

function replaced<T extends object>(of: T, name: keyof T, by: unknown): T {
  return new Proxy(of, {
    get: (target, asked) => {
      if (asked === name) return by
      const value: unknown = Reflect.get(target, asked, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** Of a process that neither says nor understands these members of a hello. */
function ofOlderBuild(transport: Transport, missing: readonly string[]): Transport {
  return {
    dial: (address, handlers) => {
      const message = (text: string): void => handlers.message(older(text, missing))
      const channel = transport.dial(address, replaced(handlers, 'message', message))
      return replaced(channel, 'send', (text: string) => channel.send(older(text, missing)))
    },
    listen: (address, acceptor) => {
      const accept: typeof acceptor.accept = (channel) => {
        const send = (text: string): void => channel.send(older(text, missing))
        const handlers = acceptor.accept(replaced(channel, 'send', send))
        return replaced(handlers, 'message', (text: string) => handlers.message(older(text, missing)))
      }
      return transport.listen(address, replaced(acceptor, 'accept', accept))
    },
  }
}

/** Three members, none of which says the `missing` members of a hello before it is upgraded. */
class Upgrade {
  readonly stage: Stage
  readonly #older: Set<string>
  #counted = 0

  constructor(seed: number, missing: readonly string[]) {
    const stage = new Stage(seed, { members: 3, hasLateMember: false })
    this.stage = stage
    stage.world.isChaotic = false
    const { network, nodes } = stage.cluster
    network.paths.faults = PEACE
    this.#older = new Set(nodes.map(({ process }) => process.name))
    const plain = network.transportOf.bind(network)
    network.transportOf = (endpoint, life) => {
      const transport = plain(endpoint, life)
      return this.#older.has(endpoint.name) ? ofOlderBuild(transport, missing) : transport
    }
  }

  async serves(): Promise<void> {
    this.stage.starter.startDown()
    await this.stage.serves()
    await this.stage.run(300)
    await this.counts()
  }

  /** It is killed, and started again with the newer build. */
  async upgrade(node: SimulatedNode): Promise<void> {
    node.process.kill()
    this.#older.delete(node.process.name)
    await this.serves()
  }

  /** Resolves once the member leads, and commits. */
  async leads(node: SimulatedNode): Promise<void> {
    const { cluster, calls } = this.stage
    await this.stage.achieve(`${node.id} leads`, async () => {
      const { leader } = cluster
      if (leader !== undefined && leader !== node)
        await calls.attempt(leader, 'member.transferLeadership', [node.id])
      return node.replica?.isServing === true
    })
    await this.counts()
  }

  async counts(): Promise<void> {
    await this.stage.achieve('an append is acknowledged', async () => {
      const { serving } = this.stage.cluster
      if (serving === undefined) return false
      const { told } = await this.stage.calls.attempt(serving, 'log.append', ['x'])
      if (told === 'acknowledged') this.#counted += 1
      return told === 'acknowledged'
    })
  }

  async check(): Promise<void> {
    await this.stage.achieve('all have what was acknowledged', async () => {
      const { serving } = this.stage.cluster
      if (serving === undefined) return false
      const outcome = await this.stage.calls.attempt(serving, 'log.length', [])
      return outcome.told === 'acknowledged' && Number(outcome.value) >= this.#counted
    })
  }
}

async function rolledUpgrade(seed: number, missing: readonly string[]): Promise<void> {
  const upgrade = new Upgrade(seed, missing)
  await upgrade.serves()
  const { nodes } = upgrade.stage.cluster
  for (const node of nodes) {
    await upgrade.upgrade(node)
    // Of either build, each leads the others.
    for (const each of nodes) await upgrade.leads(each)
  }
  await upgrade.check()
}

t.test('the list of what a hello says is complete', async (t) => {
  const stage = new Stage(1, { members: 3, hasLateMember: false })
  const said = new Set<string>()
  const { network } = stage.cluster
  const plain = network.transportOf.bind(network)
  network.transportOf = (endpoint, life) => {
    const transport = plain(endpoint, life)
    return {
      ...transport,
      dial: (address, handlers) => {
        const channel = transport.dial(address, handlers)
        return replaced(channel, 'send', (text: string) => {
          const [, names = '{}'] = /\.hello","params":\[(\{.*\})\]/.exec(text) ?? []
          for (const name of Object.keys(JSON.parse(names) as object)) said.add(name)
          channel.send(text)
        })
      },
    }
  }
  stage.world.isChaotic = false
  network.paths.faults = PEACE
  stage.starter.startDown()
  await stage.serves()
  await stage.run(300)
  for (const node of stage.cluster.nodes) {
    node.process.kill()
    stage.starter.startDown()
    await stage.serves()
    await stage.run(300)
  }
  for (const old of ['version', 'cluster', 'clusterId', 'id', 'incarnation']) assert.ok(said.delete(old), old)
  t.same([...said].sort(), [...NEWER].sort(), 'a new one is to be upgraded to, too')
})

for (const missing of [...NEWER.map((name) => [name]), [...NEWER]])
  t.test(`members that do not say ${missing.join(', ')} are upgraded one after another`, (t) =>
    t.resolves(rolledUpgrade(1, missing)),
  )
