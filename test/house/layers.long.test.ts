/** All imports, which takes the linter seconds; and what the compiler says of those that point up. */
import t from 'tap'
import { cruise, rooms } from './cruise.js'
import { complaintsByRooms, project } from './house.js'
import { upward } from './upward.js'

t.setTimeout(300_000)

t.test('the house as it stands is accepted by the linter', async (t) => {
  const { refused, said } = cruise(project, ...rooms)
  t.notOk(refused, said)
})

t.test('every import that points up is refused by the compiler', (t) => {
  const said = complaintsByRooms(new Map(upward.map(({ place, source }) => [place, source])))
  for (const { name, place, compilerSays } of upward) {
    if (compilerSays === undefined) continue
    const about = said.filter((complaint) => complaint.startsWith(`${place}: `))
    t.ok(
      about.some((complaint) => compilerSays.test(complaint)),
      `${name}: ${about.join(', ')}`,
    )
  }
  t.end()
})

t.test('an import that points down is accepted by the compiler', (t) => {
  const downward = new Map([['lib/replica/calls/downward.ts', "export * from '../machine/digest.js'\n"]])
  t.same(complaintsByRooms(downward), [])
  t.end()
})
