/** Who may do what: each row of the table in docs/security.md at each door, for each caller. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Json } from '../../../lib/json.js'
import { CALLERS, DOORS, Guarded, isLetIn, type CallerName, type Door, type Ports } from './scene.js'

type Asked =
  | { readonly port: keyof Ports; readonly method: string; readonly params: readonly Json[] }
  | { readonly port: keyof Ports; readonly page: string }

/** The words of the table's first column. */
const ROWS: readonly (readonly [what: string, asked: readonly Asked[]])[] = [
  [
    '`/livez`, and `daemon.ping`',
    [
      { port: 'member', page: '/livez' },
      { port: 'nameserver', page: '/livez' },
      { port: 'balancer', page: '/livez' },
      { port: 'member', method: 'daemon.ping', params: [] },
      { port: 'nameserver', method: 'daemon.ping', params: [] },
      { port: 'balancer', method: 'daemon.ping', params: [] },
    ],
  ],
  [
    '`/readyz`, `/metrics`',
    (['member', 'nameserver', 'balancer'] as const).flatMap((port) => [
      { port, page: '/readyz' },
      { port, page: '/metrics' },
    ]),
  ],
  [
    'how a process stands, and what it has: `status`, `daemon.hello`, `daemon.describe`, a method that is not there',
    [
      { port: 'member', method: 'a.status', params: [] },
      { port: 'member', method: 'a.isLeader', params: [] },
      { port: 'member', method: 'a.nextLeader', params: [0, 0] },
      { port: 'member', method: 'daemon.hello', params: [] },
      { port: 'member', method: 'daemon.objects', params: [] },
      { port: 'member', method: 'daemon.describe', params: ['kv'] },
      { port: 'member', method: 'nothing.there', params: [] },
      { port: 'nameserver', method: 'nameserver1.status', params: [] },
      { port: 'balancer', method: 'daemon.describe', params: ['kv'] },
    ],
  ],
  [
    'a name is looked up',
    [
      { port: 'nameserver', method: 'nameserver.lookup', params: ['a'] },
      { port: 'nameserver', method: 'nameserver.list', params: [] },
      { port: 'nameserver', method: 'nameserver.ping', params: [] },
    ],
  ],
  [
    'a query that is among what they may: `kv.get`',
    [
      { port: 'member', method: 'kv.get', params: ['x'] },
      { port: 'balancer', method: 'kv.get', params: ['x'] },
    ],
  ],
  [
    'another one of that object, and its events: `kv.keys`, `watch.next` of `kv`',
    [
      { port: 'member', method: 'kv.keys', params: [] },
      { port: 'member', method: 'watch.next', params: ['kv', 0, { waitMs: 0 }] },
      { port: 'balancer', method: 'watch.next', params: ['kv', 0, { waitMs: 0 }] },
    ],
  ],
  [
    'a command of it, alone or in an atomic entry: `kv.set`',
    [
      { port: 'member', method: 'kv.set', params: ['x', 1] },
      { port: 'member', method: 'session.open', params: [] },
      { port: 'member', method: 'atomic.run', params: [[['kv', 'set', ['x', 1]]]] },
      { port: 'balancer', method: 'kv.set', params: ['x', 1] },
      { port: 'balancer', method: 'session.open', params: [] },
    ],
  ],
  [
    'another object, alone, in an atomic entry, or its events; entries of the log; a name is registered',
    [
      { port: 'member', method: 'log.append', params: ['x'] },
      { port: 'member', method: 'log.length', params: [] },
      {
        port: 'member',
        method: 'atomic.run',
        params: [
          [
            ['kv', 'set', ['x', 1]],
            ['log', 'append', ['x']],
          ],
        ],
      },
      { port: 'member', method: 'watch.next', params: ['log', 0, { waitMs: 0 }] },
      { port: 'member', method: 'a.entries', params: [1, 1] },
      { port: 'balancer', method: 'log.append', params: ['x'] },
      { port: 'balancer', method: 'watch.next', params: ['log', 0, { waitMs: 0 }] },
      { port: 'nameserver', method: 'nameserver.register', params: ['b', 'b@localhost:1'] },
      { port: 'nameserver', method: 'nameserver.remove', params: ['b'] },
    ],
  ],
  [
    'the members are changed, the lead is handed over, a backup is taken',
    [
      { port: 'member', method: 'a.addMember', params: ['-', 'x'] },
      { port: 'member', method: 'a.removeMember', params: ['nobody'] },
      { port: 'member', method: 'a.transferLeadership', params: ['a'] },
      { port: 'member', method: 'a.backup', params: [] },
      { port: 'member', method: 'a.backupChunk', params: [0, 0] },
      { port: 'nameserver', method: 'nameserver1.removeMember', params: ['nobody'] },
      { port: 'nameserver', method: 'nameserver1.backup', params: [] },
    ],
  ],
]

t.setTimeout(300_000)

async function judge(t: Test, guarded: Guarded, caller: CallerName, asked: Asked): Promise<boolean> {
  const { port } = asked
  if ('page' in asked) return (await guarded.page(port, caller, asked.page)).status !== 401
  const answers = await Promise.all(
    DOORS.map(async (door) => isLetIn(await guarded.call(door, port, caller, asked.method, asked.params))),
  )
  const [first = false] = answers
  t.ok(
    answers.every((each) => each === first),
    `${caller}, ${port}, ${asked.method}: alike at all doors (${answers.join()})`,
  )
  return first
}

for (const security of ['plain', 'tls', 'certificates'] as const)
  t.test(`${security}: each caller may do what the table says, at each door, and no more`, async (t) => {
    const guarded = await Guarded.start(t, security)
    for (const port of ['member', 'nameserver', 'balancer'] as const) {
      const { body } = await guarded.page(port, 'reader', '/metrics')
      const isTold = /^rollcall_tls_certificate_expiry_timestamp_seconds \d+$/m.test(body)
      t.equal(isTold, security !== 'plain', `${port}: when its certificate ends`)
    }
    const lines: string[] = []
    for (const [what, all] of ROWS) {
      const cells: string[] = []
      for (const caller of CALLERS) {
        const judged: boolean[] = []
        for (const asked of all) judged.push(await judge(t, guarded, caller, asked))
        const isAlike = judged.every((each) => each === judged[0])
        t.ok(isAlike, `${what}: ${caller}: ${judged.join()}`)
        cells.push(judged[0] === true ? 'yes' : 'no')
      }
      lines.push(`| ${[what, ...cells].join(' | ')} |`)
    }
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/security.md'), 'utf8')
    const table = page.split('\n').filter((line) => /\| (?:yes|no) \|$/.test(line))
    t.same(table, lines)
  })

t.test(
  'nobody is a member by his word, nor by the token itself: a hello is believed with its seal alone',
  async (t) => {
    const guarded = await Guarded.start(t, 'plain')
    const hello = { version: 1, cluster: 'rollcall', clusterId: null, id: 'a', incarnation: 'i' }
    const vote = {
      version: 1,
      term: 1e6,
      candidateId: 'a',
      lastLogIndex: 1e6,
      lastLogTerm: 1e6,
      transfer: true,
    }
    for (const caller of ['stranger', 'user', 'member'] as const)
      for (const door of DOORS) {
        const answer = await guarded.call(door, 'member', caller, 'a.hello', [hello])
        t.notOk(isLetIn(answer), `${caller}, ${door}`)
        t.match(JSON.stringify(answer), /a speaks with members alone/)
        t.notMatch(JSON.stringify(answer), /clusterId|incarnation"/)
        t.notOk(
          isLetIn(await guarded.call(door, 'member', caller, 'a.requestVote', [vote])),
          `${caller}: a vote`,
        )
      }
  },
)

t.test('where certificates alone count, that of a member alone lets a hello in', async (t) => {
  const guarded = await Guarded.start(t, 'certificates')
  const hello = { version: 1, cluster: 'rollcall', clusterId: null, id: 'b', incarnation: 'i' }
  for (const caller of ['stranger', 'user', 'operator'] as const) {
    const answer = await guarded.call('lines', 'member', caller, 'a.hello', [hello])
    t.match(JSON.stringify(answer), /members alone whose certificates its --access-file lists/, caller)
  }
  const answer = await guarded.call('lines', 'member', 'member', 'a.hello', [hello])
  t.match(JSON.stringify(answer), /a knows no member b/, 'it is judged as a member')
})

t.test('through a balancer that asks nobody each caller may do what his token says', async (t) => {
  const guarded = await Guarded.start(t, 'open balancer')
  const may = async (door: Door, caller: CallerName, method: string, params: readonly Json[]) =>
    isLetIn(await guarded.call(door, 'balancer', caller, method, params))
  for (const door of DOORS) {
    t.ok(await may(door, 'user', 'kv.set', ['x', 1]), door)
    t.notOk(await may(door, 'user', 'log.append', ['x']), `${door}: not among what he may`)
    t.notOk(await may(door, 'reader', 'kv.set', ['x', 1]), `${door}: by his role`)
    t.notOk(await may(door, 'member', 'kv.get', ['x']), `${door}: a token that no member knows`)
  }
})
