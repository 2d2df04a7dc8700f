/** What whoever has asked for a change of members is told, when its end is not known. */
import t from 'tap'
import { ms } from '../../../lib/ports.js'
import { logIndex, serverId, term } from '../../../lib/raft/types.js'
import { ConfigurationChanges } from '../../../lib/replica/members/configuration-changes.js'
import { ManualClock } from '../../harness/manual-clock.js'

t.test('a change that was begun and lost its leader is looked after, and asked for again', async (t) => {
  const changes = new ConfigurationChanges(new ManualClock(), () =>
    changes.configured({ type: 'configured', index: logIndex(7), term: term(1) }),
  )
  const target = { voters: [serverId('n1')], learners: [], uris: {} }
  const first = changes.change('removeMember(n2)', target, ms(1000))
  changes.abandon('leadership was lost')
  await t.rejects(first, {
    label: 'OUTCOME_UNKNOWN',
    message:
      "removeMember(n2) was begun, but leadership was lost before it was committed: look at the members' status, and ask again",
  })
  const again = changes.change('removeMember(n2)', target, ms(1000))
  changes.hearers.configurationCommitted?.({
    type: 'configurationCommitted',
    index: logIndex(7),
    configuration: target,
  })
  t.equal(await again, 'committed')
})
