/** The caller's side: servers that answer anything, twice, halfway, unasked, or not at all. */
import fc from 'fast-check'
import { connect } from '../../api.js'
import type { Json } from '../../lib/json.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { silent } from '../replica/members.js'
import { HostileServer, ID, PORT } from './hostile-server.js'
import type { Reaction } from './hostile-server.js'
import { changedJson } from './hostile-json.js'
import { mutatedText } from './mutations.js'
import { endsWithin } from './patience.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { traffic } from './traffic.js'

export const clientTargets: readonly Target[] = [
  {
    name: 'whatever a server answers, a connection rejects its calls by name and goes on with the next answer',
    runs: 40,
    open: connectionScene,
  },
  {
    name: 'whatever servers answer, a client’s calls end in time, with errors that have a name',
    runs: 5,
    open: clientScene,
  },
]

const KINDS = ['say', 'say', 'say', 'twice', 'half', 'unasked', 'raw'] as const

/** Right answers to other calls, and mutations of them. */
async function reactions(): Promise<fc.Arbitrary<readonly Reaction[]>> {
  const { responses } = await traffic()
  const right = [...responses.values()].flat().map(addressed)
  const text = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...right) },
    { weight: 4, arbitrary: changedJson(right) },
    { weight: 1, arbitrary: mutatedText(right) },
  )
  const saying = fc.tuple(fc.constantFrom(...KINDS), text).map(([kind, text]): Reaction => ({ kind, text }))
  const other = fc.constantFrom<Reaction>({ kind: 'close' }, { kind: 'silence' })
  const reaction = fc.oneof({ weight: 12, arbitrary: saying }, { weight: 1, arbitrary: other })
  return fc.array(reaction, { minLength: 1, maxLength: 12 })
}

function addressed(response: string): string {
  return response.replace(/"id":\d+/, `"id":${ID}`).replace(/127\.0\.0\.1:\d+/g, `127.0.0.1:${PORT}`)
}

async function connectionScene(): Promise<Scene> {
  return scene(await reactions(), async (script) => {
    const server = await HostileServer.start(script)
    const connection = new Connection({
      address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
      ...{ transport: createTransport(), clock: systemClock, random: systemRandom, logger: silent },
    })
    try {
      const calls = ['kv.get', 'kv.set', 'n1.status'].map((method) =>
        connection.call(method, [], { timeoutMs: 30 }),
      )
      await named(calls)
      server.turnHonest()
      await honest(connection)
    } finally {
      connection.close()
      server.close()
    }
  })
}

/** What is half said makes the first honest answer unreadable, and costs the connection its link. */
async function honest(connection: Connection): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await connection.call('it.is', [], { timeoutMs: 5000 }).catch(expectNamed)
    if (answer === 'honest') return
    if (attempt === 5) throw new Error('the connection does not come back')
  }
}

async function clientScene(): Promise<Scene> {
  return scene(fc.array(await reactions(), { minLength: 8, maxLength: 8 }), async (scripts) => {
    await Promise.all(scripts.map(useClient))
  })
}

const TIMEOUT_MS = 150

async function useClient(script: readonly Reaction[]): Promise<void> {
  const server = await HostileServer.start(script)
  const { port } = server
  const place = { nameserver: `127.0.0.1:${port}`, members: [`n1@127.0.0.1:${port}`], cluster: 'test' }
  const client = await connect({ ...place, timeoutMs: TIMEOUT_MS })
  const watch = client.watch('kv')
  try {
    await named([
      client.call('kv', 'set', ['x', 1]),
      client.call('kv', 'get', ['x']),
      client.call('n1', 'status', []),
      client.nameserver.lookup('kv'),
      client.status(TIMEOUT_MS).catch((error: unknown) => {
        throw new Error('who can not be asked is not reachable, and no reason to fail', { cause: error })
      }),
      client.leader(),
      watch.begin(),
    ])
  } finally {
    client.close()
    server.close()
  }
}

/** Far more than names, members and calls may take one after another. */
const PATIENCE_S = 60

async function named(calls: readonly Promise<unknown>[]): Promise<void> {
  await endsWithin(PATIENCE_S, Promise.all(calls.map((call) => call.catch(expectNamed))))
}

function expectNamed(error: unknown): Json {
  if (error instanceof RollcallError) return error.label
  throw error
}
