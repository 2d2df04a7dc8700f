/** Where a member finds the others. */
import t from 'tap'
import { incarnation, serverId } from '../../../lib/raft/index.js'
import type { RaftView } from '../../../lib/raft/index.js'
import { Whereabouts } from '../../../lib/replica/members/whereabouts.js'
import { Driver, names, optionsFor } from '../../raft/driver.js'

const n2 = serverId('n2')

function scene(elsewhere: readonly string[] = []) {
  let { view } = new Driver(optionsFor(serverId('n1'), names(3))).server
  const configure = (uris: RaftView['configuration']['uris']) =>
    (view = { ...view, configuration: { ...view.configuration, uris } })
  configure({ n2: 'n2@localhost:2' })
  const pin = () => (view = { ...view, pins: new Map([[n2, incarnation('i2')]]) })
  return {
    configure,
    pin,
    whereabouts: new Whereabouts(
      () => view,
      () => elsewhere,
    ),
  }
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

void t.test(
  'one that is not there is looked for elsewhere, place after place, and then there again',
  async (t) => {
    const { configure, pin, whereabouts } = scene(['n2@localhost:8', 'n2@localhost:2', 'n2@localhost:9'])
    t.notOk(whereabouts.notThere(n2), 'it could not prove yet who it is')
    pin()
    const places = [1, 2, 3].map(() => {
      t.ok(whereabouts.notThere(n2))
      return whereabouts.uriOf(n2)
    })
    t.same(places, ['n2@localhost:8', 'n2@localhost:9', 'n2@localhost:2'])
    whereabouts.notThere(n2)
    configure({ n2: 'n2@localhost:4' })
    t.equal(whereabouts.uriOf(n2), 'n2@localhost:4', 'the configuration follows')
  },
)

void t.test(
  'one that is not there is waited for where it has said to be, while nobody knows another place',
  async (t) => {
    const { pin, whereabouts } = scene(['n2@localhost:2'])
    pin()
    whereabouts.moved(n2, 'n2@localhost:3')
    t.notOk(whereabouts.notThere(n2))
    t.equal(whereabouts.uriOf(n2), 'n2@localhost:3')
  },
)

void t.test('another word for the place where it is not is no other place', async (t) => {
  const { pin, whereabouts } = scene(['n2@127.0.0.1:2', 'n2@[::1]:2', 'n2@LOCALHOST:2'])
  pin()
  t.notOk(whereabouts.notThere(n2))
  t.equal(whereabouts.uriOf(n2), 'n2@localhost:2')
})

void t.test('each other place is tried once a round, however many words there are for it', async (t) => {
  const { pin, whereabouts } = scene(['n2@127.0.0.1:2', 'n2@127.0.0.1:8', 'n2@localhost:8'])
  pin()
  const places = [1, 2].map(() => {
    t.ok(whereabouts.notThere(n2))
    return whereabouts.uriOf(n2)
  })
  t.same(places, ['n2@127.0.0.1:8', 'n2@localhost:2'])
})

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
