/** While members run with different builds, the leader writes what the oldest of them knows. */
import t from 'tap'
import type { RaftView } from '../../../lib/raft/types.js'
import { serverId } from '../../../lib/raft/types.js'
import { ClassVersions } from '../../../lib/replica/members/class-versions.js'
import { classesToJson, readClasses, type Classes } from '../../../lib/replica/objects/class-said.js'
import { InvalidParamsError, MethodNotFoundError } from '../../../lib/rpc/errors.js'

const classes = (version: number, ...commands: string[]): Classes =>
  new Map([['visits', { version, commands: new Set(['visit', ...commands]) }]])

/** What the leader `a` writes, with what the others have said. */
function leader(own: Classes, others: Readonly<Record<string, Classes | undefined>>, written = 1) {
  const ids = ['a', ...Object.keys(others)].map(serverId)
  const view = {
    id: serverId('a'),
    configuration: { voters: ids, learners: [], uris: {} },
  } as unknown as RaftView
  const versions = new ClassVersions({
    view: () => view,
    own,
    saidBy: (id) => others[id],
  })
  return (method = 'visit') => Math.max(versions.lowest('visits', method), written)
}

t.test('the lowest version that any member has is written', (t) => {
  t.equal(leader(classes(2), { b: classes(2), c: classes(1) })(), 1)
  t.equal(leader(classes(2), { b: classes(2), c: classes(2) })(), 2)
  t.equal(leader(classes(1), { b: classes(2), c: classes(2) })(), 1)
  t.equal(leader(classes(3), {})(), 3, 'a leader alone')
  t.end()
})

t.test('a member that has said nothing counts for what is in the log already', (t) => {
  t.equal(leader(classes(2), { b: classes(2), c: undefined })(), 1)
  t.equal(leader(classes(3), { b: classes(3), c: undefined }, 2)(), 2)
  t.end()
})

t.test('nothing goes below what is in the log: who does not know it has stopped there', (t) => {
  t.equal(leader(classes(2), { b: classes(1) }, 2)(), 2)
  t.end()
})

t.test('a command that a member does not know is refused, and by whom is said', (t) => {
  const write = leader(classes(2, 'leave'), { b: classes(2, 'leave'), c: classes(1) })
  t.throws(
    () => write('leave'),
    new MethodNotFoundError(
      'visits.leave can be called once all members know it: c runs with classes that do not; upgrade it, or remove it',
    ),
  )
  t.equal(write('visit'), 1)
  t.throws(() => leader(classes(1), { b: new Map() })(), MethodNotFoundError, 'an object that it lacks')
  t.equal(leader(classes(2, 'leave'), { b: undefined })('leave'), 1, 'who has said nothing may know it')
  t.end()
})

t.test('what a member says of its classes is read back, and nothing else is', (t) => {
  t.same(readClasses(classesToJson(classes(2, 'leave'))), classes(2, 'leave'))
  for (const wrong of [
    null,
    [],
    { visits: 1 },
    { visits: { version: -1, commands: [] } },
    { visits: { version: 1, commands: [7] } },
  ])
    t.throws(() => readClasses(wrong), InvalidParamsError)
  t.end()
})
