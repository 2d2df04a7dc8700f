/** The live view on a terminal that is too small for what it says. */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { showLive } from '../../client/view/live.js'
import type { MemberView } from '../../lib/client/views.js'

t.test(
  'no line of the live view goes on below, and none scrolls away: the next picture would not reach it',
  async (t) => {
    const ending = new AbortController()
    const out = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: 24, rows: 6 })
    const dead: MemberView = { id: 'node1', uri: 'node1@localhost:9101', reachable: false, reason: 'refused' }
    const indexes = { commitIndex: 7, lastApplied: 7, lastIndex: 7, snapshotIndex: 0 }
    const place = { id: 'node1', uri: 'node1@localhost:9101' }
    const about = { ...place, cluster: 'rollcall', clusterId: 'c', term: 1, leader: place, members: [] }
    const alive: MemberView = { ...about, ...indexes, role: 'leader', reachable: true }
    const views = [[alive], [dead]]
    const status = () => {
      const next = views.shift()
      if (next === undefined) ending.abort()
      return Promise.resolve(next ?? [])
    }
    await showLive(
      { status },
      { out, colour: false, signal: ending.signal, hint: 'any key, whichever, ends this view' },
    )
    const shown = String(out.read()).replace(/\u001b\[[^a-zA-Z]*[a-zA-Z]/g, '')
    t.match(shown, /rollcall: leader node1/)
    t.match(shown, /any key, whichever, end…/)
    const pictures = shown.trimEnd().split('\n').slice(2)
    for (const line of pictures) t.ok(line.length <= 24, line)
    t.equal(
      pictures.filter((line) => line.startsWith('any key')).length * 4,
      pictures.length,
      'four lines each',
    )
  },
)
