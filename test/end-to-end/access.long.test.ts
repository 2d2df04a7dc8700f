/** A cluster that asks who calls, by the files that its processes were given, while these change. */
import { createHash } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connect, type Rollcall } from '../../api.js'
import { CALM } from '../harness/calm.js'
import { Cluster } from '../harness/cluster.js'
import { Running, temporaryFolder, type Output } from '../harness/processes.js'
import { until } from '../harness/until.js'

const [OLD, NEW, USERS] = ['the-first-token-there-was', 'the-token-that-comes-after', 'the-token-of-a-user']

class Guarded {
  readonly tokens: string
  readonly access: string
  #cluster: Cluster | undefined

  constructor(private readonly t: Test) {
    const folder = temporaryFolder(t)
    this.tokens = join(folder, 'tokens')
    this.access = join(folder, 'access.json')
    this.write(this.tokens, `${OLD}\n`)
    this.allow(['kv.*'])
  }

  async start(): Promise<void> {
    const files = ['--token-file', this.tokens, '--access-file', this.access]
    this.#cluster = await Cluster.start(this.t, 3, [...CALM, ...files])
  }

  get cluster(): Cluster {
    if (this.#cluster === undefined) throw new Error('it was not started')
    return this.#cluster
  }

  write(file: string, text: string): void {
    writeFileSync(file, text)
    chmodSync(file, 0o600)
  }

  allow(may: readonly string[]): void {
    const tokenSha256 = createHash('sha256').update(USERS).digest('hex')
    this.write(this.access, JSON.stringify({ callers: [{ name: 'ursula', role: 'user', may, tokenSha256 }] }))
  }

  async client(token: string): Promise<Rollcall> {
    const { members } = this.cluster
    const client = await connect({ members, token, timeoutMs: 20_000 })
    this.t.teardown(() => client.close())
    return client
  }

  run(...args: readonly string[]): Promise<Output> {
    const place = ['--members', this.cluster.members.join(',')]
    return new Running([...args, ...place], this.cluster.folder).ended
  }

  /** Resolves once all members have read their files anew, or say why not. */
  async reread(said: RegExp): Promise<void> {
    const heard = new Map(this.cluster.ids.map((id) => [id, this.cluster.process(id).stderr.length]))
    for (const id of this.cluster.ids) this.cluster.process(id).signal('SIGHUP')
    for (const [id, before] of heard)
      await until(`${id} to have read its files`, () =>
        said.test(this.cluster.process(id).stderr.slice(before)),
      )
  }
}

const READ = /--access-file: .* was read anew/
const unauthorized = { name: 'UnauthorizedError', outcome: 'not-executed' } as const

t.test(
  'whoever shows no token is told so, by every command, and the cluster serves those who do',
  async (t) => {
    const guarded = new Guarded(t)
    await guarded.start()
    const client = await guarded.client(OLD)
    t.equal(await client.call('counter', 'increment', []), 1)
    const stranger = await guarded.run('call', 'kv.get', 'x')
    t.match(stranger, { status: 1, stderr: /UNAUTHORIZED/ })
    const known = await guarded.run('call', 'kv.set', 'x', '1', '--token-file', guarded.tokens)
    t.match(known, { status: 0, stdout: 'null\n' })
    const status = await guarded.run('status', '--token-file', guarded.tokens)
    t.match(status.stdout, /3 of 3 members reachable/)
    const moved = await guarded.run('transfer', 'node2', '--token-file', guarded.tokens)
    t.match(moved, { status: 0, stdout: /node2/ })
  },
)

t.test('a token is replaced on running members, and the one before is of no use then', async (t) => {
  const guarded = new Guarded(t)
  await guarded.start()
  const before = await guarded.client(OLD)
  t.equal(await before.call('counter', 'increment', []), 1)
  for (const lines of [`${OLD}\n${NEW}\n`, `${NEW}\n${OLD}\n`, `${NEW}\n`]) {
    guarded.write(guarded.tokens, lines)
    await guarded.reread(READ)
  }
  const after = await guarded.client(NEW)
  t.equal(await after.call('counter', 'increment', []), 2)
  await t.rejects(before.call('counter', 'increment', []), unauthorized)
  await t.rejects((await guarded.client(OLD)).call('counter', 'value', []), unauthorized)
  guarded.cluster.process('node1').signal('SIGTERM')
  await guarded.cluster.process('node1').ended
  guarded.cluster.startNode('node1')
  await guarded.cluster.until(after, 'node1 to be let in', (all) => all.length === 3)
})

t.test('what a user may is read anew, and a table that is wrong changes nothing', async (t) => {
  const guarded = new Guarded(t)
  await guarded.start()
  const user = await guarded.client(USERS)
  await user.call('kv', 'set', ['x', 1])
  await t.rejects(user.call('log', 'append', ['x']), { ...unauthorized, message: /ursula, a user/ })
  guarded.allow(['kv.get', 'log.append'])
  await guarded.reread(READ)
  await user.call('log', 'append', ['x'])
  t.equal(await user.call('kv', 'get', ['x']), 1)
  await t.rejects(user.call('kv', 'set', ['x', 2]), unauthorized)
  guarded.write(guarded.access, '{"callers": [{"name": "ursula", "role": "king"}]}')
  await guarded.reread(/error .*--access-file: .*callers\[0\]\.role must be one of reader, .* counts on/)
  t.equal(await user.call('kv', 'get', ['x']), 1)
})

t.test(
  'a process is not started by files that say nothing, and warns of tokens that all can read',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'tokens')
    const start = (): Running => new Running(['nameserver', '--port', '0', '--token-file', file], folder)
    t.match(await start().ended, { status: 2, stderr: /--token-file: .* can't be used: ENOENT/ })
    writeFileSync(file, '\n')
    t.match(await start().ended, { status: 2, stderr: /there is no token in it/ })
    writeFileSync(file, 'short\n')
    const { stderr } = await start().ended
    t.match(stderr, /token 1 must be 16 to 1000 visible characters/)
    t.notMatch(stderr, /short/)
    writeFileSync(file, `${OLD}\n`)
    chmodSync(file, 0o644)
    const running = start()
    t.teardown(() => running.kill())
    await running.says(/can be read by everybody/)
  },
)
