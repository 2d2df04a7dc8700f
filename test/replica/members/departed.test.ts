/** A member that was removed, as those that stay see it: it is told, and then forgotten. */
import t from 'tap'
import { Counter } from '../../../lib/shipped/counter.js'
import type { ReplicaEvent } from '../../../lib/replica/log-lines.js'
import { leaderOf, startMembers, stopMembers, type TestMember } from '../members.js'

function event(member: TestMember, type: ReplicaEvent['type']): Promise<void> {
  return new Promise((resolve) => {
    const leave = member.replica.onEvent((heard) => {
      if (heard.type !== type) return
      leave()
      resolve()
    })
  })
}

const knownTo = ({ replica }: TestMember): readonly string[] => [...replica.waiting.peers.keys()]

void t.test(
  'a member that was removed and knows it is forgotten by those that stay, with its address',
  async (t) => {
    const members = await startMembers(3, new Map([['counter', Counter]]))
    t.teardown(() => stopMembers(members))
    const leader = await leaderOf(members)
    const [gone, stays] = members.filter((member) => member !== leader)
    if (gone === undefined || stays === undefined) throw new Error('three members were started')
    const id = gone.replica.status().id
    t.ok(knownTo(leader).includes(id))

    const heard = Promise.all([event(leader, 'departed'), event(stays, 'configurationCommitted')])
    const connection = { kind: 'lines', remote: 'this process' } as const
    const remove = leader.replica.member.methods.get('removeMember')
    await remove?.handler([id], { connection, meta: {}, deadline: undefined })
    await heard
    t.notOk(knownTo(leader).includes(id))
    t.notOk(knownTo(stays).includes(id))
  },
)
