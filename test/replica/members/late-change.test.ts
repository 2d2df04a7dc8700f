/** A change of members whose time is over when it is asked for. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { ms } from '../../../lib/ports.js'
import { OverloadedError } from '../../../lib/rpc/errors.js'
import { LoneMember } from '../lone-member.js'

void t.test('a change whose time is over is refused, and nothing is appended', async (t) => {
  const scene = new LoneMember()
  const replica = await scene.lead()
  const { lastIndex } = replica.status()
  const changes: Readonly<Record<string, readonly Json[]>> = {
    addMember: ['n4', 'n4@localhost:9104'],
    removeMember: ['n3'],
    transferLeadership: ['n2'],
  }
  const connection = { kind: 'lines', remote: 'a test' } as const
  for (const [method, params] of Object.entries(changes)) {
    const { handler } = replica.member.methods.get(method) ?? {}
    const context = { connection, meta: {}, deadline: ms(scene.world.now) }
    await t.rejects(new Promise((resolve) => resolve(handler?.(params, context))), OverloadedError, method)
  }
  await scene.pass(100)
  t.match(replica.status(), { lastIndex, role: 'leader' })
  await replica.stop()
})
