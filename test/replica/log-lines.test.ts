/** What a member's log says of its cluster, and who says it. */
import t from 'tap'
import type { Logger } from '../../lib/ports.js'
import { clusterId, type Configuration, type Role } from '../../lib/raft/types.js'
import { logEvent, type ReplicaEvent } from '../../lib/replica/log-lines.js'
import { n1, n2, n3 } from '../raft/story.js'

const configuration: Configuration = { voters: [n1, n2], learners: [n3], uris: {} }

function said(event: ReplicaEvent, role: Role, members = configuration): readonly string[] {
  const lines: string[] = []
  const note = (line: string): void => void lines.push(line)
  const logger: Logger = {
    ...{ debug: () => undefined, info: note, warn: note, error: note },
    with: () => logger,
  }
  logEvent(logger, event, { role, configuration: members })
  return lines
}

t.test('bug: a learner that was just added was not among "members are now"', async (t) => {
  t.same(said({ type: 'configurationChanged', configuration }, 'leader'), [
    'members are now n1, n2; learning from them: n3',
  ])
})

t.test('bug: each of five processes said the id of the cluster at each start', async (t) => {
  const pinned = { type: 'clusterPinned', clusterId: clusterId('c') } as const
  t.same(said(pinned, 'leader'), ['cluster id c'])
  t.same(said(pinned, 'follower'), [])
  t.same(said(pinned, 'leader', { ...configuration, voters: [n1] }), [])
})
