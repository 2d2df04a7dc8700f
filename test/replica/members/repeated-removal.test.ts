/** Whoever was broken off asks again, and the removal may be done by then. */
import t from 'tap'
import { Counter } from '../../../lib/shipped/counter.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { leaderOf, startMembers, stopMembers } from '../members.js'

void t.test('bug: a removal that was done was an error to whoever asked again', async (t) => {
  const members = await startMembers(3, new Map([['counter', Counter]]))
  t.teardown(() => stopMembers(members))
  const leader = await leaderOf(members)
  const gone = members.find((member) => member !== leader)?.replica.status().id ?? ''
  const connection = { kind: 'lines', remote: 'this process' } as const
  const remove = async (id: string): Promise<unknown> => {
    const method = leader.replica.member.methods.get('removeMember')
    return method?.handler([id], { connection, meta: {}, deadline: undefined })
  }
  const left = await remove(gone)
  const { lastIndex } = leader.replica.status()
  t.same(await remove(gone), left)
  t.equal(leader.replica.status().lastIndex, lastIndex, 'nothing is appended for it')
  await t.rejects(remove('n9'), InvalidParamsError)
})
