/**
 * One address that does all that a stranger can, to members that may have 256 descriptors: none of them stops, the
 * leader keeps its office, and another client is served within an election timeout.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { connect } from '../../api.js'
import { bystander } from '../../bench/flood/bystander.js'
import { freePorts, plainNode, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'

const ATTACKER = join(import.meta.dirname, '../../bench/flood/attacker.js')
const ATTACKS = [
  '20,000 calls on one connection',
  '2,000 connections with 10 calls each',
  '6,000 messages of 63 kB, not finished',
  'garbage lines of 1 MB, 20 times',
  '60 HTTP answers of 90 MB, not read',
]
const DESCRIPTORS = ['bash', '-c', 'ulimit -n 256; exec "$@"', 'bash']
const TIMEOUT = { min: 1000, max: 2000 }
const FLAGS = ['--election-timeout', `${TIMEOUT.min}-${TIMEOUT.max}`, '--heartbeat', '200']

t.setTimeout(600_000)

const folder = temporaryFolder(t)
const ports = await freePorts(3)
const members = ports.map((port, at) => `node${at + 1}@localhost:${port}`)
const nodes = members.map((member) => {
  const id = member.slice(0, member.indexOf('@'))
  const args = ['node', id, '--members', members.join(','), ...FLAGS]
  return new Running(args, folder, {}, undefined, DESCRIPTORS)
})
t.teardown(() => Promise.all(nodes.map((node) => node.kill())))
const client = await connect({ members, timeoutMs: 20_000 })
t.teardown(() => client.close())

const leaderNow = async (): Promise<{ readonly id: string; readonly term: number }> =>
  until('a leader whom all follow', async () => {
    const views = await client.status()
    const leader = views.find((view) => view.reachable && view.role === 'leader')
    const isFollowed = views.every((view) => view.reachable && view.leader?.id === leader?.id)
    return leader?.reachable === true && isFollowed ? { id: leader.id, term: leader.term } : undefined
  })

async function attack(part: 'prepare' | 'run', name: string, id: string): Promise<void> {
  const port = String(ports[members.findIndex((each) => each.startsWith(`${id}@`))])
  const child = spawn('env', [...plainNode, ATTACKER, part, name, port, '0', id], { stdio: 'ignore' })
  await once(child, 'exit')
}

for (const name of ATTACKS)
  t.test(`${name}: nobody loses office, nobody ends, and another client is served`, async (t) => {
    const before = await leaderNow()
    await attack('prepare', name, before.id)
    const ended = bystander(client)
    await attack('run', name, before.id)
    const { p99, calls, failed } = await ended()
    t.comment(`${calls} calls of another client, p99 ${p99.toFixed(0)} ms, ${failed} failed`)
    t.ok(p99 < TIMEOUT.max, `p99 ${p99.toFixed(0)} ms`)
    t.same(await leaderNow(), before)
    for (const node of nodes) t.ok(node.isRunning, node.stderr.slice(-500))
  })
