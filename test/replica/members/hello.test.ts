/** Who is believed that says a member's hello. */
import t from 'tap'
import { incarnation, logIndex, serverId, start, term } from '../../../lib/raft/types.js'
import { membersOf } from '../../../lib/json.js'
import { helloOf, helloToJson, judge, judgeCluster, readHello } from '../../../lib/replica/members/hello.js'
import type { Hello } from '../../../lib/replica/members/hello.js'
import { InvalidParamsError, UnauthorizedError } from '../../../lib/rpc/errors.js'
import { Driver, optionsFor } from '../../raft/driver.js'

function hello(id: string, clusterId: string | null, cluster = 'rollcall'): Hello {
  return {
    version: 1,
    cluster,
    clusterId,
    clusterIdInLog: clusterId,
    id: serverId(id),
    incarnation: incarnation(`${id}-first`),
    priority: 0,
    classes: undefined,
  }
}

t.test('members of two clusters of one name are told apart by its id', async (t) => {
  const strangers = () => judgeCluster(hello('n2', 'one'), hello('n1', 'another'))
  t.throws(strangers, UnauthorizedError)
  t.throws(strangers, { message: /id another, not to the one with id one/ })
})

t.test('a hello tells which start of the one that it speaks to is known', async (t) => {
  const knows = {
    incarnation: incarnation('i'),
    start: start('2-b'),
    lastLogIndex: logIndex(7),
    lastLogTerm: term(3),
  }
  const json = membersOf(helloToJson({ ...hello('n1', 'one'), knows }))
  t.same(readHello(json).knows, knows)
  t.equal(readHello(helloToJson(hello('n1', 'one'))).knows, undefined, 'one of an older build does not')
  t.throws(() => readHello({ ...json, knows: { ...knows, lastLogTerm: -1 } }), InvalidParamsError)
})

t.test('a hello tells what log time is by now; one that does not know tells nothing', async (t) => {
  t.equal(readHello(helloToJson({ ...hello('n1', 'one'), logTime: 7 })).logTime, 7)
  t.equal(readHello(helloToJson(hello('n1', 'one'))).logTime, undefined)
  const json = { ...membersOf(helloToJson(hello('n1', 'one'))), logTime: 0.5 }
  t.throws(() => readHello(json), InvalidParamsError)
})

t.test('a hello tells the starts of its folder; one of an older build tells none', async (t) => {
  const starts = [start('1-a'), start('2-b')]
  t.same(readHello(helloToJson({ ...hello('n1', 'one'), starts })).starts, starts)
  t.equal(readHello(helloToJson(hello('n1', 'one'))).starts, undefined)
  const json = { ...membersOf(helloToJson(hello('n1', 'one'))), starts: [''] }
  t.throws(() => readHello(json), 'an empty one is none')
})

t.test(
  'a restored member has no part in a cluster of others that were not restored from the same backup',
  async (t) => {
    const restored = { ...hello('n1', null), backup: 'monday', isFounder: false }
    const founder = { ...hello('n2', null), backup: null, isFounder: true }
    const refused = (other: Hello) => {
      t.throws(() => judgeCluster(other, restored), { message: /n1 was restored from a backup \(monday\)/ })
      t.throws(() => judgeCluster(restored, other), {
        message: /Stop n2, empty its data folder, and restore it too/,
      })
    }
    refused(founder)
    refused({ ...hello('n2', 'one'), backup: null, isFounder: false })
    refused({ ...hello('n2', null), clusterIdInLog: 'one', backup: null, isFounder: false })
    const other = { ...restored, id: serverId('n2'), backup: 'tuesday' }
    t.throws(() => judgeCluster(other, restored), { message: /n2 was from another one \(tuesday\)/ })
  },
)

t.test('a restored member finds its like, and a cluster that these have founded or grown', async (t) => {
  const restored = { ...hello('n1', null), backup: 'monday', isFounder: false }
  for (const other of [
    { ...restored, id: serverId('n2') },
    { ...hello('n2', 'one'), backup: 'monday', isFounder: false },
    { ...hello('n2', null), backup: null, isFounder: false },
    hello('n2', null),
  ]) {
    t.doesNotThrow(() => judgeCluster(other, restored))
    t.doesNotThrow(() => judgeCluster(restored, other))
  }
  const founded = { ...hello('n1', 'one'), backup: 'monday', isFounder: false }
  t.doesNotThrow(() => judgeCluster({ ...hello('n2', 'one'), backup: null, isFounder: false }, founded))
})

t.test(
  'bug: after a restart of all, when no id is known to be committed, a restored cluster let an old member in',
  async (t) => {
    const restored = { ...hello('n1', null), clusterIdInLog: 'new', backup: 'monday', isFounder: false }
    const old = { ...hello('n2', null), clusterIdInLog: 'old', backup: null, isFounder: false }
    const message = /n1 was restored from a backup \(monday\), and n2 was not/
    t.throws(() => judgeCluster(old, restored), { message })
    t.throws(() => judgeCluster(restored, old), { message })
    const like = { ...restored, id: serverId('n2'), clusterIdInLog: 'of another that would lead' }
    t.doesNotThrow(() => judgeCluster(like, restored), 'founders may disagree until one of them has led')
    const joined = { ...old, clusterIdInLog: 'new' }
    t.doesNotThrow(() => judgeCluster(joined, restored))
    t.doesNotThrow(() => judgeCluster({ ...old, backup: undefined }, restored), 'an older build')
  },
)

t.test(
  'bug: members that were told of different ones founded a cluster of two sizes, in silence',
  async (t) => {
    const three = [serverId('n1'), serverId('n2'), serverId('n3')]
    const founder = (id: string, founders: Hello['founders'], more: Partial<Hello> = {}): Hello => ({
      ...hello(id, null),
      isFounder: true,
      founders,
      ...more,
    })
    const { view } = new Driver(optionsFor(serverId('n1'), three))
    const judged = (other: Hello, own: Hello) => () => judge(other, own, view)
    const own = founder('n1', three)
    t.doesNotThrow(judged(founder('n2', three), own))
    t.doesNotThrow(judged(founder('n2', undefined), own), 'an older build, or one that joins')
    const message = /n1 was started for the members n1, n2, n3, and n2 for n1, n2: .* the same --members/
    t.throws(judged(founder('n2', three.slice(0, 2)), own), { message })
    const begun = { isFounder: false, clusterIdInLog: 'one' }
    t.throws(judged(founder('n2', three.slice(0, 2)), founder('n1', three, begun)), { message }, 'later, too')
    t.throws(judged(founder('n2', three.slice(0, 2), begun), own), { message })
    t.doesNotThrow(
      judged(founder('n2', three.slice(0, 2), begun), founder('n1', three, begun)),
      'who went on so under an older build is not parted',
    )
    t.throws(judged(founder('n9', [...three, serverId('n9')]), founder('n1', three, begun)), {
      message: /n1 knows no member n9: it was removed, or must be added first/,
    })
  },
)

t.test('a hello says whom its member was to found the cluster with, until its log says more', async (t) => {
  const founders = [serverId('n1'), serverId('n2')]
  const driver = new Driver(optionsFor(serverId('n2'), [serverId('n2'), serverId('n1')]))
  const { cluster, priority, classes } = hello('n2', null)
  const said = helloOf({ cluster, incarnation: incarnation('i'), priority, classes }, driver.view)
  t.same(readHello(helloToJson(said)).founders, founders)
  t.equal(readHello(helloToJson(hello('n1', null))).founders, undefined)
  const grown = { ...driver.view, configurationIndex: logIndex(5) }
  t.equal(helloOf({ cluster, incarnation: incarnation('i'), priority, classes }, grown).founders, undefined)
  const json = { ...membersOf(helloToJson(said)), founders: [''] }
  t.throws(() => readHello(json), 'an empty one is none')
})

t.test('a hello says what its log began with', async (t) => {
  const restored = { ...hello('n1', null), backup: 'monday', isFounder: false }
  t.match(readHello(helloToJson(restored)), { backup: 'monday', isFounder: false })
  t.match(readHello(helloToJson({ ...restored, backup: null })), { backup: null })
  t.match(readHello(helloToJson(hello('n1', null))), { backup: undefined, isFounder: undefined })
})

t.test('who does not know its cluster’s id yet is let in under its name', async (t) => {
  for (const [other, own] of [
    [null, 'one'],
    ['one', null],
    [null, null],
    ['one', 'one'],
  ] as const)
    t.doesNotThrow(() => judgeCluster(hello('n2', other), hello('n1', own)))
  t.throws(() => judgeCluster(hello('n2', null, 'other'), hello('n1', 'one')), UnauthorizedError)
})

t.test('a hello says nothing that is longer than a name', async (t) => {
  const own = helloToJson(hello('n2', 'one'))
  t.match(readHello(own), { id: 'n2' })
  for (const field of ['cluster', 'clusterId', 'clusterIdInLog', 'id', 'incarnation'])
    t.throws(() => readHello({ ...membersOf(own), [field]: 'x'.repeat(256) }), InvalidParamsError, field)
})

t.test('bug: the refusal of a hello was as long as the name of a class in it', async (t) => {
  const json = { ...membersOf(helloToJson(hello('n2', 'one'))), classes: { ['x'.repeat(60_000)]: [] } }
  t.throws(() => readHello(json), { message: /^the class of "x{100}" must be an object/ })
})
