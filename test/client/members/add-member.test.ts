/** What `rollcall add` refuses before it starts anything, and what it says when it can't finish. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { addMember, newcomerArgs } from '../../../client/members/add-member.js'
import type { AddFlags } from '../../../client/flags.js'
import { parseJson, type Json, type JsonObject } from '../../../lib/json.js'
import type { MemberStatus } from '../../../lib/member.js'
import { OutcomeUnknownError, OverloadedError, UnreachableError } from '../../../lib/rpc/errors.js'
import { lockFolder } from '../../../lib/system/lock.js'
import { errandOf } from './errands.js'
import { temporaryFolder } from '../../harness/processes.js'

const FLAGS: AddFlags = {
  mdns: false,
  'mdns-allow': undefined,
  'mdns-token-file': undefined,
  'token-file': undefined,
  'access-file': undefined,
  'tls-ca': undefined,
  'tls-crl': undefined,
  'tls-cert': undefined,
  'tls-key': undefined,
  'tls-client-cert': undefined,
  insecure: false,
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
  'allow-origin': undefined,
  'keep-alive': undefined,
  'state-bytes': 1_000_000,
  'log-level': 'info',
  'log-format': 'text',
  'log-wire': false,
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
    message: /say with --advertise under which name or address they do$/,
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

t.test(
  'bug: add failed, and deleted the folder, when somebody started the same member at that moment',
  async (t) => {
    const data = join(temporaryFolder(t), 'node5')
    const told: string[] = []
    let asked = 0
    const call = async (_: string, method: string): Promise<Json> => {
      if (method !== 'isLeader') return null
      // The first time before the folder is looked at, the second as soon as the own process was started.
      if (++asked === 2) {
        mkdirSync(data)
        const lock = await lockFolder(data)
        t.teardown(() => lock.release())
      }
      if (told.length === 0) throw new UnreachableError('nobody is there yet')
      return false
    }
    const cluster = { ...clusterAt('localhost', () => Promise.resolve('added')), call }
    t.equal(await addMember(cluster, 'node5', { ...FLAGS, data }, errandOf(20_000, told)), 'added')
    t.match(told, [/a process has the data folder .*: waiting until it answers at node5@localhost:9105/])
    t.ok(existsSync(data), 'it is not ours')
  },
)

t.test(
  'a node of another cluster is not added: its folder is to be removed, or another one given',
  async (t) => {
    const cluster = clusterAt('localhost', unasked)
    const [own] = await cluster.status()
    const foreign = parseJson(JSON.stringify({ ...own, clusterId: 'other' }))
    const call = (_: string, method: string) => Promise.resolve(method === 'isLeader' ? false : foreign)
    const data = join(temporaryFolder(t), 'node5')
    await t.rejects(addMember({ ...cluster, call }, 'node5', { ...FLAGS, data }, errandOf(1000)), {
      label: 'INVALID_PARAMS',
      message: /another cluster, .*: remove that folder, or give the node another one with --data$/,
    })
  },
)

t.test(
  'bug: a node that had waited since before all members were replaced was added, and let nobody in',
  async (t) => {
    const members = [{ id: 'node7', uri: 'node7@localhost:9107', voter: true }]
    const waiting = {
      id: 'node5',
      uri: 'node5@localhost:9105',
      role: 'learner',
      clusterId: null,
      lastIndex: 0,
    }
    const add = async (node: JsonObject) => {
      const cluster = clusterAt('localhost', () => Promise.resolve('added'))
      const [own] = await cluster.status()
      const status = parseJson(JSON.stringify({ ...own, members, ...node }))
      const call = (_: string, method: string) => Promise.resolve(method === 'isLeader' ? false : status)
      const data = join(temporaryFolder(t), 'node5')
      return addMember({ ...cluster, call }, 'node5', { ...FLAGS, data }, errandOf(1000))
    }
    await t.rejects(add(waiting), {
      label: 'INVALID_PARAMS',
      message:
        /node5@localhost:9105 waits for .*none of them is one any more \(node7\).*remove its data folder/,
    })
    t.equal(
      await add({ ...waiting, lastIndex: 1 }),
      'added',
      'its log may say no more than what was long ago',
    )
    const known = [...members, { id: 'node1', uri: 'node1@localhost:9101', voter: true }]
    t.equal(await add({ ...waiting, members: known }), 'added', 'one whom it knows vouches for the others')
  },
)

t.test('members of another cluster are not said to be silent', async (t) => {
  const away = { id: 'node1', uri: 'node1@localhost:9101', reachable: false, reason: 'another' } as const
  const cluster = clusterAt('localhost', unasked)
  const status = () => Promise.resolve([{ ...away, cluster: 'east' }])
  await t.rejects(addMember({ ...cluster, status }, 'node5', FLAGS, errandOf(1000)), {
    name: 'InvalidParamsError',
    message: /node1@localhost:9101 belongs to the cluster "east"/,
  })
})

t.test('a new name server knows callers, speaks TLS and logs as it was said', async (t) => {
  const flags: AddFlags = {
    ...FLAGS,
    mdns: true,
    'mdns-token-file': 'mdns.token',
    'token-file': 'tokens',
    'access-file': 'access.json',
    'tls-ca': 'ca.pem',
    'tls-crl': 'crl.pem',
    'tls-cert': 'cert.pem',
    'tls-key': 'key.pem',
    'tls-client-cert': 'required',
    'keep-alive': 7_000,
    'allow-host': ['rollcall.example'],
    'allow-origin': ['https://a.example'],
    insecure: true,
    'log-wire': true,
  }
  const args = newcomerArgs({ ...flags, nameservers: true }).join(' ')
  t.equal(
    args,
    '--port 9105 --mdns --mdns-token-file mdns.token --token-file tokens --access-file access.json ' +
      '--tls-ca ca.pem --tls-crl crl.pem --tls-cert cert.pem --tls-key key.pem --tls-client-cert required ' +
      '--insecure --allow-host rollcall.example --allow-origin https://a.example --keep-alive 7000 ' +
      '--election-timeout 150-300 --heartbeat 50 --log-level info --log-format text --log-wire',
  )
})
