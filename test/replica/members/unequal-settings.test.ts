/** Members that have other settings than this one: who is told of, and how often. */
import t from 'tap'
import { membersOf } from '../../../lib/json.js'
import { commonSettings } from '../../../lib/common-settings.js'
import { memberSettings, type GivenSettings } from '../../../lib/member-settings.js'
import { incarnation, serverId } from '../../../lib/raft/types.js'
import { readHello, helloToJson, type Hello } from '../../../lib/replica/members/hello.js'
import { UnequalSettings } from '../../../lib/replica/members/unequal-settings.js'
import { RecordingLogger } from '../../harness/ports.js'

const settingsOf = (given: GivenSettings = {}) => commonSettings(memberSettings(given))

function helloOf(id: string, settings: Hello['settings']): Hello {
  const hello = {
    version: 1,
    cluster: 'test',
    clusterId: null,
    clusterIdInLog: null,
    id: serverId(id),
    incarnation: incarnation('drawn'),
    priority: 0,
    classes: undefined,
    settings,
  }
  return readHello(helloToJson(hello))
}

t.test('a member with other settings is told of once, and again when they have changed', async (t) => {
  const logger = new RecordingLogger()
  const unequal = new UnequalSettings({ id: serverId('n1'), logger })
  const meets = (id: string, given?: GivenSettings) =>
    unequal.met(settingsOf(), helloOf(id, given && settingsOf(given)))
  meets('n2', {})
  meets('n3')
  t.same(logger.lines, [], 'who has the same, and an older build, is not told of')
  const slow = { heartbeat: 500 }
  for (let n = 0; n < 3; n++) meets('n2', slow)
  meets('n3', { readLease: true, electionTimeout: { min: 1000, max: 2000 } })
  t.match(logger.lines, [
    /^warn unequal settings: --heartbeat is 50 at n1 and 500 at n2; while n2 leads, n1 stands for election again and again: it waits 150 ms .*; give all members the same$/,
    /^warn unequal settings: --election-timeout is 150-300 at n1 and 1000-2000 at n3; --read-lease is off at n1 and on at n3; give/,
  ])
  t.equal(logger.lines.length, 2)
  meets('n2', {})
  meets('n2', slow)
  t.equal(logger.lines.length, 3)
})

t.test('whatever a newer build tells of its settings, its hello is taken', async (t) => {
  const told = { ...settingsOf(), 'of-a-later-build': 'yes' }
  t.same(helloOf('n2', told).settings, told)
  const hello = membersOf(helloToJson(helloOf('n2', told)))
  const odd = { heartbeat: 50, quick: { very: true }, long: 'x'.repeat(1000), 'read-lease': 'on' }
  t.same(readHello({ ...hello, settings: odd }).settings, { 'read-lease': 'on' })
  t.same(readHello({ ...hello, settings: 'fast' }).settings, {})
})
