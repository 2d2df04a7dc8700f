/** Where a member finds the others. */
import t from 'tap'
import { serverId } from '../../../lib/raft/index.js'
import type { RaftView } from '../../../lib/raft/index.js'
import { Whereabouts } from '../../../lib/replica/members/whereabouts.js'
import { Driver, names, optionsFor } from '../../raft/driver.js'

const n2 = serverId('n2')

function scene() {
  let { view } = new Driver(optionsFor(serverId('n1'), names(3))).server
  const configure = (uris: RaftView['configuration']['uris']) =>
    (view = { ...view, configuration: { ...view.configuration, uris } })
  configure({ n2: 'n2@localhost:2' })
  return { configure, whereabouts: new Whereabouts(() => view) }
}

void t.test('a member is where the configuration says', async (t) => {
  const { configure, whereabouts } = scene()
  t.equal(whereabouts.uriOf(n2), 'n2@localhost:2')
  configure({ n2: 'n2@localhost:3' })
  t.equal(whereabouts.uriOf(n2), 'n2@localhost:3')
  t.equal(whereabouts.uriOf(serverId('n3')), undefined)
})

void t.test(
  'a member that has moved is where it has said, until the configuration says something else',
  async (t) => {
    const { configure, whereabouts } = scene()
    whereabouts.moved(n2, 'n2@localhost:3')
    t.equal(whereabouts.uriOf(n2), 'n2@localhost:3')
    configure({ n2: 'n2@localhost:2', n4: 'n4@localhost:4' })
    t.equal(whereabouts.uriOf(n2), 'n2@localhost:3', 'another change says nothing of it')
    configure({ n2: 'n2@localhost:4' })
    t.equal(whereabouts.uriOf(n2), 'n2@localhost:4')
  },
)

void t.test('a member that has just been removed is told so where it was', async (t) => {
  const { configure, whereabouts } = scene()
  t.equal(whereabouts.uriOf(n2), 'n2@localhost:2')
  configure({})
  t.equal(whereabouts.uriOf(n2), 'n2@localhost:2')
})

void t.test('a member that is spoken to no more is nowhere', async (t) => {
  const { configure, whereabouts } = scene()
  whereabouts.moved(n2, 'n2@localhost:3')
  t.equal(whereabouts.uriOf(n2), 'n2@localhost:3')
  configure({})
  whereabouts.forget(n2)
  t.equal(whereabouts.uriOf(n2), undefined)
})
