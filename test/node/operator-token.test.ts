/** Who may change the members of a cluster: whoever may read the data folder of the one that leads it. */
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connect, startNode, type ConnectOptions, type Node, type Rollcall } from '../../api.js'
import type { Logger } from '../../lib/ports.js'
import { afterOwn, operatorTokens } from '../../lib/system/operator-tokens.js'
import { uri } from '../../lib/rpc/uri.js'
import { RecordingLogger, silent } from '../harness/ports.js'
import { freePorts, temporaryFolder } from '../harness/processes.js'

const OF_OPERATORS = ['addMember', 'removeMember', 'transferLeadership', 'backup', 'backupChunk'] as const

class Scene {
  readonly data: string
  private constructor(
    private readonly t: Test,
    readonly member: string,
    folder: string,
  ) {
    this.data = join(folder, 'a')
  }

  static async prepare(t: Test): Promise<Scene> {
    const [port = 0] = await freePorts(1)
    return new Scene(t, `a@localhost:${port}`, temporaryFolder(t))
  }

  async start(logger: Logger = silent): Promise<Node> {
    const node = await startNode({
      id: 'a',
      members: [this.member],
      mdns: { allow: ['none@none'] },
      data: this.data,
      logger,
    })
    this.t.teardown(() => node.stop())
    return node
  }

  async connect(operatorToken?: ConnectOptions['operatorToken']): Promise<Rollcall> {
    const client = await connect({ members: [this.member], operatorToken })
    this.t.teardown(() => client.close())
    return client
  }

  get token(): string {
    return readFileSync(join(this.data, 'operator.token'), 'utf8').trim()
  }
}

const refused = (method: string) => ({
  name: 'UnauthorizedError',
  outcome: 'not-executed',
  message: new RegExp(
    `^a\\.${method} is for operators, and .*operator\\.token in the data folder of a.*it was not executed$`,
  ),
})

t.test('nobody does what is for operators without the token of that very member', async (t) => {
  const scene = await Scene.prepare(t)
  await scene.start()
  const client = await scene.connect()
  t.equal(await client.call('counter', 'increment', []), 1, 'calls are made as ever')
  for (const method of OF_OPERATORS) {
    await t.rejects(client.call(scene.member, method, ['a']), refused(method), method)
    const meta = { token: scene.token.replace(/^./, (first) => (first === '0' ? '1' : '0')) }
    await t.rejects(
      client.call(scene.member, method, ['a'], { meta }),
      refused(method),
      `${method}, another token`,
    )
  }
  const [member] = await client.status()
  t.match(member, { members: [{ id: 'a', voter: true }] })
})

t.test('bug: an operator on a connection made operators of all who called over it after him', async (t) => {
  const scene = await Scene.prepare(t)
  await scene.start()
  const shared = await scene.connect()
  const act = (meta?: { readonly token: string }) =>
    shared.call(scene.member, 'transferLeadership', ['a'], { meta })
  t.match(await act({ token: scene.token }), [{ id: 'a' }])
  await t.rejects(act(), refused('transferLeadership'))
})

t.test('the token is made once, and nobody else can read it', async (t) => {
  const scene = await Scene.prepare(t)
  const first = await scene.start()
  const { token } = scene
  t.match(token, /^[0-9a-f]{64}$/)
  t.equal(statSync(join(scene.data, 'operator.token')).mode & 0o777, 0o600)
  await first.stop()
  await scene.start()
  t.equal(scene.token, token)
})

t.test('whoever has it says it by operatorToken, for all members or for each', async (t) => {
  const scene = await Scene.prepare(t)
  await scene.start()
  const asked: string[] = []
  const given = [
    scene.token,
    (member: string) => {
      asked.push(member)
      return scene.token
    },
    operatorTokens(scene.data),
    operatorTokens(join(scene.data, '..')),
    operatorTokens(join(scene.data, '../b')),
  ]
  for (const each of given) {
    const client = await scene.connect(each)
    t.match(await client.callLeader('transferLeadership', ['a']), [{ id: 'a' }])
    t.match(await client.call(scene.member, 'transferLeadership', ['a']), [{ id: 'a' }])
  }
  t.same(asked, [scene.member, scene.member])
})

t.test(
  'a token that is given goes before one that is found, which is tried where it is refused',
  async (t) => {
    const scene = await Scene.prepare(t)
    await scene.start()
    const found = afterOwn(operatorTokens(scene.data))
    const client = await scene.connect(found)
    t.equal(found(uri(scene.member), false), undefined, 'what the caller shows anyway goes first')
    t.match(await client.callLeader('transferLeadership', ['a']), [{ id: 'a' }])
    t.match(await client.call(scene.member, 'transferLeadership', ['a']), [{ id: 'a' }])
    t.equal(found(uri(scene.member), false), scene.token, 'it is asked for in vain once')
    const stale = await scene.connect((_, wasRefused) => (wasRefused ? scene.token : 'a-token-of-before'))
    t.match(await stale.callLeader('transferLeadership', ['a']), [{ id: 'a' }])
    const lost = await scene.connect(() => 'a-token-of-before')
    await t.rejects(lost.callLeader('transferLeadership', ['a']), refused('transferLeadership'))
  },
)

t.test('what stands in the folder of another member is not shown to this one', async (t) => {
  const scene = await Scene.prepare(t)
  await scene.start()
  t.equal(operatorTokens(scene.data)(uri(scene.member)), scene.token)
  t.equal(operatorTokens(scene.data)(uri('b@localhost:1')), undefined)
})

t.test('the log tells of each act of an operator who, from where, what, and what became of it', async (t) => {
  const scene = await Scene.prepare(t)
  const logger = new RecordingLogger()
  await scene.start(logger)
  const client = await scene.connect(scene.token)
  await client.callLeader('transferLeadership', ['a'])
  await t.rejects(client.callLeader('removeMember', ['\u001b[2J']))
  await t.rejects((await scene.connect()).callLeader('removeMember', ['a']))
  const told = logger.lines.filter((line) => line.includes('a.'))
  t.same(told, [
    'info a.transferLeadership("a") by operator: done',
    String.raw`info a.removeMember("\u001b[2J") by operator: INVALID_PARAMS`,
    'warn refused a.removeMember to nobody known',
  ])
})

t.test('a token that others can read is refused, and so is what is none', async (t) => {
  const scene = await Scene.prepare(t)
  await (await scene.start()).stop()
  const file = join(scene.data, 'operator.token')
  chmodSync(file, 0o644)
  await t.rejects(scene.start(), {
    label: 'UNSAFE_FOLDER',
    message: /operator\.token can be read by everybody/,
  })
  chmodSync(file, 0o600)
  writeFileSync(file, 'short\n')
  await t.rejects(scene.start(), { label: 'DAMAGED_STORAGE', message: /operator\.token.*Delete this file/ })
  rmSync(file)
  await scene.start()
  t.match(scene.token, /^[0-9a-f]{64}$/)
})
