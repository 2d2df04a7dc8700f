import t from 'tap'
import { LeaderNews } from '../../client/repl/leader-news.js'
import { MemberHistory } from '../../client/view/history.js'
import { duration, renderMembers } from '../../client/view/members.js'
import { configurationOf, leaderOf, type MemberView } from '../../lib/client/views.js'
import type { MemberStatus } from '../../lib/member.js'

const uriOf = (id: string): string => `${id}@localhost:910${id.slice(-1)}`

function alive(
  id: string,
  role: MemberStatus['role'],
  term: number,
  leader: string | null,
  commitIndex = 7,
): MemberView {
  const place = leader === null ? null : { id: leader, uri: uriOf(leader) }
  const members = ['node1', 'node2', 'node3'].map((one) => ({ id: one, uri: uriOf(one), voter: true }))
  const indexes = { commitIndex, lastApplied: commitIndex, lastIndex: commitIndex, snapshotIndex: 0 }
  return {
    id,
    uri: uriOf(id),
    cluster: 'rollcall',
    clusterId: 'c',
    role,
    term,
    leader: place,
    ...indexes,
    members,
    reachable: true,
  }
}
const dead = (id: string): MemberView => ({ id, uri: uriOf(id), reachable: false, reason: 'refused' })

t.test('the table, in plain text', async (t) => {
  const views = [
    alive('node1', 'follower', 5, 'node2'),
    alive('node2', 'leader', 5, 'node2', 1234),
    dead('node3'),
  ]
  const text = renderMembers(views, { columns: 80, colour: false, silentMs: new Map([['node3', 3400]]) })
  t.equal(
    text,
    [
      'rollcall: leader node2, term 5, 2 of 3 members reachable',
      'MEMBER  ROLE                   TERM  COMMIT  APPLIED  URI',
      'node1   follower                  5       7        7  node1@localhost:9101',
      'node2   leader                    5    1234     1234  node2@localhost:9102',
      'node3   unreachable since 3 s     -       -        -  node3@localhost:9103',
    ].join('\n'),
  )
})

t.test('where only a newcomer that does not count yet makes a majority it says whom to start', async (t) => {
  const leader = { ...alive('node2', 'leader', 5, 'node2'), uncounted: ['node3'] }
  const newcomer = alive('node3', 'follower', 5, 'node2')
  const last = (views: readonly MemberView[]) =>
    renderMembers(views, { columns: 90, colour: false }).split('\n').at(-1)
  t.equal(
    last([dead('node1'), leader, newcomer]),
    'node3 came for the first time, and does not count yet: start node1 again',
  )
  t.match(last([alive('node1', 'follower', 5, 'node2'), leader, newcomer]), /^node3 +follower/)
  t.match(last([dead('node1'), leader, dead('node3')]), /^node3 +unreachable/)
})

t.test('bug: members of another cluster that answered were shown as unreachable', async (t) => {
  const text = renderMembers([{ ...dead('node1'), cluster: 'staging' }], { columns: 80, colour: false })
  t.match(text, /^node1 +of staging +- +- +- +node1@localhost:9101$/m)
})

t.test('no line is wider than the terminal', async (t) => {
  const long = { ...dead('node3'), uri: `node3@${'x'.repeat(100)}:9103` }
  for (const columns of [20, 40, 80])
    for (const line of renderMembers([alive('node1', 'leader', 5, 'node1'), long], {
      columns,
      colour: false,
    }).split('\n'))
      t.ok(line.length <= columns, line)
})

t.test('leader green, candidate yellow, unreachable red, and no colours when none are wanted', async (t) => {
  const views = [alive('node1', 'leader', 5, 'node1'), alive('node2', 'candidate', 5, null), dead('node3')]
  const lines = renderMembers(views, { columns: 80, colour: true }).split('\n').slice(2)
  t.same(
    lines.map((line) => line.slice(0, 5)),
    ['\x1b[32m', '\x1b[33m', '\x1b[31m'],
  )
  t.notMatch(renderMembers(views, { columns: 80, colour: false }), /\x1b/)
})

t.test('times are told in the unit that fits', async (t) => {
  t.same([900, 3400, 119_999, 120_000, 7_200_000].map(duration), ['0 s', '3 s', '119 s', '2 min', '2 h'])
})

t.test('the leader is that of the highest term that anybody knows of', async (t) => {
  t.equal(leaderOf([]), null)
  t.equal(leaderOf([dead('node1')]), null)
  const deposed = alive('node1', 'leader', 4, 'node1')
  t.equal(leaderOf([deposed, alive('node2', 'candidate', 5, null)]), null, 'term 5 has none yet')
  t.match(leaderOf([deposed, alive('node2', 'leader', 5, 'node2')]), { id: 'node2', term: 5 })
  t.match(
    leaderOf([dead('node1'), alive('node2', 'follower', 5, 'node1')]),
    { id: 'node1' },
    'others follow it',
  )
})

t.test('the configuration is that of the member that is furthest', async (t) => {
  t.equal(configurationOf([dead('node1')]), undefined)
  const behind = { ...alive('node1', 'follower', 5, 'node2', 1), members: [] }
  t.same(
    configurationOf([behind, alive('node2', 'leader', 5, 'node2')]),
    ['node1', 'node2', 'node3'].map(uriOf),
  )
})

t.test('who died, who came back and who leads is told once', async (t) => {
  const history = new MemberHistory()
  const before = [alive('node1', 'leader', 4, 'node1'), alive('node2', 'follower', 4, 'node1')]
  t.same(history.observe(before, 0), ['node1 leads in term 4'])
  t.same(history.observe(before, 100), [])
  t.same(history.observe([dead('node1'), alive('node2', 'follower', 4, 'node1')], 200), [
    'node1 died, it was the leader',
  ])
  t.same(history.observe([dead('node1'), alive('node2', 'leader', 5, 'node2')], 3300), [
    'node2 leads in term 5',
  ])
  t.same([...history.silentMs(3300)], [['node1', 3100]])
  t.same(
    history.observe([alive('node1', 'follower', 5, 'node2'), alive('node2', 'leader', 5, 'node2')], 4000),
    ['node1 is back'],
  )
  t.same([...history.silentMs(4000)], [])
})

t.test(
  'the loss of the leader and its successor are told, and an election seen late is told whole',
  async (t) => {
    const news = new LeaderNews()
    const node2 = { id: 'node2', uri: uriOf('node2'), term: 4 }
    const node3 = { id: 'node3', uri: uriOf('node3'), term: 5 }
    t.same(news.observe(null), [])
    t.same(news.observe(node2), ['leader: node2 in term 4'])
    t.same(news.observe(node2), [])
    t.same(news.observe(null), ['leader node2 is gone; waiting for a new one …'])
    t.same(news.observe(null), [])
    t.same(news.observe(node3), ['new leader: node3 in term 5'])
    t.same(news.observe({ ...node2, term: 6 }), ['leader node3 is gone', 'new leader: node2 in term 6'])
  },
)
