/** A state that has grown to what it may be: what adds to it is refused, everything else goes on. Time is virtual. */
import t, { type Test } from 'tap'
import type { Json } from '../../../lib/json.js'
import { OverloadedError } from '../../../lib/rpc/errors.js'
import type { Replica } from '../../../lib/replica/replica.js'
import { LoneMember } from '../lone-member.js'

const PIECE = 'x'.repeat(100_000)

async function limited(t: Test): Promise<{
  ask: (method: string, ...params: Json[]) => Promise<unknown>
  member: LoneMember
  replica: Replica
}> {
  const member = new LoneMember()
  member.stateBytesMax = 1_000_000
  const replica = await member.lead()
  t.teardown(() => replica.stop())
  const ask = async (method: string, ...params: Json[]) => {
    const answer = member.call(replica, method, params)
    await member.pass(20)
    return answer
  }
  return { ask, member, replica }
}

/** How many pieces there was room for. */
async function fill(ask: (method: string, ...params: Json[]) => Promise<unknown>): Promise<number> {
  for (let n = 0; ; n++) if ((await ask('set', `${n}`, PIECE)) instanceof OverloadedError) return n
}

t.test('what adds to a state that is full is refused; reads and deletes go on, and make room', async (t) => {
  const { ask, member } = await limited(t)
  const pieces = await fill(ask)
  t.ok(pieces === 9 || pieces === 10, `${pieces} pieces of 100 kB in 1 MB`)
  const refused = await ask('set', 'more', PIECE)
  t.match(refused, {
    message: /^kv\.set was refused: the objects hold about [\d.]+ [KM]iB, and may hold 977 KiB /,
  })
  t.equal(await ask('get', '0'), PIECE)
  for (const key of ['0', '1', '2']) t.equal(await ask('delete', key), true)
  await member.pass(5_000)
  await ask('set', 'more', PIECE)
  await member.pass(100)
  t.equal(await ask('set', 'more still', PIECE), null, 'it was measured again')
})

t.test('a value that is replaced again and again fills nothing', async (t) => {
  const { ask, member } = await limited(t)
  let taken = 0
  for (let n = 0; n < 50; n++) {
    const answer = await ask('set', 'the same', PIECE)
    if (answer instanceof OverloadedError) await member.pass(1_500)
    else taken++
  }
  t.ok(taken > 40, `${taken} of 50 were taken at once`)
})

t.test('an operator is warned once when most of it is used', async (t) => {
  const { ask, member } = await limited(t)
  for (let n = 0; n < 9; n++) await ask('set', `${n}`, PIECE)
  await member.pass(100)
  t.equal(member.logger.lines.filter((line) => /^warn .*--state-bytes/.test(line)).length, 1)
})
