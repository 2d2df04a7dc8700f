/** All imports, which takes the linter seconds. */
import t from 'tap'
import { cruise, rooms } from './cruise.js'
import { project } from './house.js'

t.test('the house as it stands is accepted by the linter', async (t) => {
  const { refused, said } = cruise(project, ...rooms)
  t.notOk(refused, said)
})
