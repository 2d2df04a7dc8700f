/** Everything is killed at once under load, again and again; what was acknowledged stays. */
import type { Test } from 'tap'
import type { Rollcall } from '../../api.js'
import { Cluster } from '../harness/cluster.js'
import { until } from '../harness/until.js'

interface LogObject {
  append(text: string): { index: number }
  entries(from: number, count: number): readonly { index: number; command: string }[]
  length(): number
}

interface Load {
  /** Some lines have been acknowledged by now, and others are on their way. */
  readonly isUnderWay: Promise<void>
  /** What was acknowledged, with its place in the log. */
  stop(): Promise<Map<string, number>>
}

/** Appends numbered lines, several at a time, until told to stop. */
function appendUnderLoad(client: Rollcall, round: number): Load {
  const log = client.object<LogObject>('log')
  const acknowledged = new Map<string, number>()
  let begin = (): void => undefined
  const isUnderWay = new Promise<void>((resolve) => (begin = resolve))
  let stopped = false
  let n = 0
  const writer = async (): Promise<void> => {
    while (!stopped) {
      const text = `round ${round} line ${n++}`
      await log.append(text).then(
        ({ index }) => {
          acknowledged.set(text, index)
          if (acknowledged.size > 50) begin()
        },
        () => undefined,
      )
    }
  }
  const writers = Array.from({ length: 16 }, writer)
  return {
    isUnderWay,
    stop: async () => {
      stopped = true
      await Promise.all(writers)
      return acknowledged
    },
  }
}

async function wholeLog(client: Rollcall, member: string): Promise<readonly string[]> {
  const commands: string[] = []
  for (let from = 1; ;) {
    const result = await client.call(member, 'entries', [from, 1000])
    const entries = result as readonly { kind: string; object?: string; params?: readonly string[] }[]
    if (entries.length === 0) return commands
    for (const { object, params } of entries) if (object === 'log') commands.push(params?.[0] ?? '')
    from += entries.length
  }
}

/**
 * Each time all processes are killed while clients append; then each acknowledged line has to be there, on all four.
 */
export async function killAllAgainAndAgain(t: Test, times: number): Promise<void> {
  const cluster = await Cluster.start(t, 4, ['--log-level', 'error'])
  const acknowledged = new Map<string, number>()
  for (let round = 0; round < times; round++) {
    const client = await cluster.connect()
    await client.object<LogObject>('log').append(`round ${round} begins`)
    const load = appendUnderLoad(client, round)
    await load.isUnderWay
    await cluster.kill(...cluster.processes.keys())
    const stopping = load.stop()
    client.close()
    for (const [text, index] of await stopping) acknowledged.set(text, index)
    cluster.startNameServer()
    for (const id of cluster.ids) cluster.startNode(id)
  }

  const client = await cluster.connect()
  const log = client.object<LogObject>('log')
  const last = (await log.append('the end')).index
  t.ok(acknowledged.size > times, `${acknowledged.size} commands were acknowledged`)
  for (const member of cluster.ids) {
    const commands = await until(`the end of the log at ${member}`, async () => {
      const all = await wholeLog(client, member)
      return all.at(-1) === 'the end' && all
    })
    t.equal(commands.length, last, `${member} has the whole log`)
    const missing = [...acknowledged].filter(([text, index]) => commands[index - 1] !== text)
    t.same(missing, [], `${member} has every acknowledged command at its place`)
    t.equal(new Set(commands).size, commands.length, `${member} has none twice`)
  }
}
