/** Members that show each other that they have a token in common, while all fails that can, and while tokens change. */
import t from 'tap'
import { systemSecrets } from '../../lib/system/secrets.js'
import { PEACE } from '../../testing/simulator/paths.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { Stage } from './stage.js'

const FIRST: string = 'the-first-token-of-all'
const SECOND: string = 'the-second-token-of-all'
const PLAN = { members: 3, hasLateMember: false }

/** A cluster, and what each member has for tokens by now. Absent: it asks for none. */
class Guarded {
  readonly tokens = new Map<string, readonly string[]>()
  /** What the callers show. */
  callers = FIRST
  readonly stage: Stage

  constructor(seed: number) {
    this.stage = new Stage(seed, PLAN, undefined, {
      nodes: ({ id }) =>
        this.tokens.has(id) ? { secrets: systemSecrets, token: () => this.tokens.get(id) ?? [] } : undefined,
      callers: () => this.callers,
    })
  }

  get nodes(): readonly SimulatedNode[] {
    return this.stage.cluster.nodes
  }

  have(...tokens: readonly string[]): void {
    for (const { id } of this.nodes) this.tokens.set(id, tokens)
  }

  calm(): void {
    this.stage.world.isChaotic = false
    this.stage.cluster.network.paths.faults = PEACE
  }

  async serves(): Promise<void> {
    this.stage.starter.startDown()
    await this.stage.serves()
  }
}

for (const seed of [1, 2, 3, 4])
  t.test(`seed ${seed}: whatever fails, members that have a token find together`, async (t) => {
    const guarded = new Guarded(seed)
    guarded.have(FIRST)
    guarded.stage.starter.startDown()
    await guarded.stage.run(2000)
    guarded.calm()
    await t.resolves(guarded.serves())
  })

t.test('a token is replaced in three steps, and members are lost between any two of them', async (t) => {
  const guarded = new Guarded(11)
  guarded.calm()
  guarded.have(FIRST)
  await guarded.serves()
  for (const tokens of [[FIRST, SECOND], [SECOND, FIRST], [SECOND]]) {
    guarded.callers = tokens[0] ?? ''
    for (const node of guarded.nodes) {
      guarded.tokens.set(node.id, tokens)
      node.process.kill()
      await t.resolves(guarded.serves(), `${node.id}: ${tokens.join()}`)
    }
  }
})

t.test('a member with another token, or with none among those who have one, has no part', async (t) => {
  for (const own of [[SECOND], undefined]) {
    const guarded = new Guarded(12)
    guarded.calm()
    guarded.have(FIRST)
    const [stranger] = guarded.nodes
    if (stranger === undefined) throw new Error('there is no member')
    if (own === undefined) guarded.tokens.delete(stranger.id)
    else guarded.tokens.set(stranger.id, own)
    await guarded.serves()
    await guarded.stage.run(3000)
    t.equal(stranger.replica?.status().lastIndex, 0, `with ${own?.join() ?? 'none'}`)
    t.not(guarded.stage.cluster.serving, stranger)
    guarded.tokens.set(stranger.id, [FIRST])
    stranger.process.kill()
    await guarded.serves()
    await guarded.stage.until('it is let in', () => (stranger.replica?.status().lastIndex ?? 0) > 0)
  }
})
