/** What `rollcall add` refuses before it starts anything, and what it says when it can't finish. */
import { join } from 'node:path'
import t from 'tap'
import { addMember } from '../../../client/members/add-member.js'
import type { AddFlags } from '../../../client/flags.js'
import { parseJson, type Json } from '../../../lib/json.js'
import type { MemberStatus } from '../../../lib/member.js'
import { OutcomeUnknownError, OverloadedError } from '../../../lib/rpc/errors.js'
import { errandOf } from './errands.js'
import { temporaryFolder } from '../../harness/processes.js'

const FLAGS: AddFlags = {
  nameserver: undefined,
  members: undefined,
  cluster: 'rollcall',
  host: undefined,
  advertise: undefined,
  port: 9105,
  data: undefined,
  objects: undefined,
  'log-keep': undefined,
  'election-timeout': { min: 150, max: 300 },
  heartbeat: 50,
  'read-lease': 'off',
  'method-limit': 10_000,
  priority: 0,
  'allow-host': undefined,
  'state-bytes': 1_000_000,
  'log-level': 'info',
  'log-format': 'text',
}

/** A cluster of one at that host, which has also the members `more`, and answers `addMember` so. */
function clusterAt(host: string, added: () => Promise<Json>, more: readonly string[] = []) {
  const [node1, ...others] = [`node1@${host}:9101`, ...more]
  const own = { id: 'node1', uri: node1 }
  const indexes = { term: 1, commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
  const status: MemberStatus = {
    ...{ ...own, cluster: 'rollcall', clusterId: 'c', role: 'leader', leader: own, ...indexes },
    members: [
      { ...own, voter: true },
      ...others.map((uri) => ({ id: uri.replace(/@.*/, ''), uri, voter: false })),
    ],
  }
  return {
    status: () => Promise.resolve([{ ...status, reachable: true } as const]),
    call: (_: string, method: string) => Promise.resolve<Json>(method === 'isLeader' ? false : null),
    callLeader: (method: string) =>
      method === 'status' ? Promise.resolve(parseJson(JSON.stringify(status))) : added(),
  }
}

const unasked = (): Promise<Json> => Promise.reject(new Error('the leader was asked'))

t.test('bug: a member for a cluster on other machines was added as localhost', async (t) => {
  const data = join(temporaryFolder(t), 'node5')
  const adding = addMember(clusterAt('10.9.0.1', unasked), 'node5', { ...FLAGS, data }, errandOf(1000))
  await t.rejects(adding, {
    name: 'InvalidParamsError',
    message: /nothing was started: node1@10\.9\.0\.1:9101 could not reach node5@localhost:9105.*--host/,
  })
})

t.test('all interfaces are no address to be reached at', async (t) => {
  const flags = { ...FLAGS, host: '0.0.0.0', data: join(temporaryFolder(t), 'node5') }
  await t.rejects(addMember(clusterAt('10.9.0.1', unasked), 'node5', flags, errandOf(1000)), {
    name: 'UsageError',
    message: /--advertise/,
  })
})

for (const [what, error] of [
  ['time is over', new OutcomeUnknownError('time is over')],
  ['the leader refuses, and has a learner already', new OverloadedError('too much is going on')],
] as const) {
  t.test(`${what}: what is left, and how to take it back`, async (t) => {
    const data = join(temporaryFolder(t), 'node5')
    const cluster = clusterAt('localhost', () => Promise.reject(error), ['node5@localhost:9105'])
    await t.rejects(addMember(cluster, 'node5', { ...FLAGS, data }, errandOf(1000)), {
      name: 'CommandError',
      label: error.label,
      message: new RegExp(`${error.message}; node5 may be a learner by now.*rollcall remove-node node5`),
    })
  })
}
