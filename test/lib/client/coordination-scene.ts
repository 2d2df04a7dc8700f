/** A cluster in virtual time, with clients that hold things in it. */
import assert from 'node:assert/strict'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import type { Client } from '../../../testing/simulator/cluster.js'
import type { SimulatedProcess } from '../../../testing/simulator/process.js'
import { quietStage } from '../../simulation/quiet-stage.js'
import type { Stage } from '../../simulation/stage.js'

/** A cluster where nothing goes wrong by itself, and a client for each name. */
export async function scene(...names: readonly string[]) {
  const stage = await quietStage(1, { driftPpmMax: 0 })
  const clients = names.map((name) => stage.cluster.client(name, 5_000))
  for (const client of clients) client.start()
  await stage.until('the clients run', () => clients.every(({ running }) => running !== undefined))
  return { stage, clients, rollcalls: clients.map(rollcallOf) }
}

export function rollcallOf({ running }: SimulatedProcess<Client>): Rollcall {
  assert.ok(running, 'the client runs')
  return running.rollcall
}

export async function settled<T>(stage: Stage, what: string, task: () => Promise<T>): Promise<T> {
  const results: T[] = []
  await stage.done(what, async () => void results.push(await task()))
  const [result] = results
  return result as T
}

export function cutOff({ cluster }: Stage, client: SimulatedProcess<Client> | undefined): void {
  assert.ok(client)
  for (const { name } of cluster.processes)
    for (const [from, to] of [
      [client.name, name],
      [name, client.name],
    ] as const)
      cluster.network.paths.between(from, to).isCut = from !== to
}
