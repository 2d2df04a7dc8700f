/** Renewals count where they are heard: at the leader. */
import t from 'tap'
import type { CallContext, CallMeta } from '../../lib/rpc/exposed.js'
import { NotLeaderError } from '../../lib/rpc/errors.js'
import { renewals } from '../../nameserver/renewals.js'

/** A name server that keeps two names by any lease. `story`: what came of a renewal, in order. */
function nameServer(leads: boolean) {
  const story: string[] = []
  const handler = renewals({
    renew: (_, { meta: { consistency = 'linearizable' } }) => {
      if (!leads && consistency === 'linearizable')
        throw new NotLeaderError({ leader: null, term: 1, members: [] })
      story.push(`answered, ${consistency}`)
      return 2
    },
    leads: () => leads,
    passOn: (_, { meta }) => {
      story.push(`passed on with ${JSON.stringify(meta)}`)
      return Promise.resolve(2)
    },
    heard: (lease) => story.push(`${lease} was heard`),
  })
  const renew = (meta: CallMeta = {}): Promise<unknown> => {
    const context: CallContext = {
      connection: { kind: 'lines', remote: 'a test' },
      meta,
      deadline: undefined,
    }
    return Promise.resolve(handler(['mine'], context))
  }
  return { renew, story }
}

t.test('the leader hears of the process, and answers by the word of a majority', async (t) => {
  const { renew, story } = nameServer(true)
  t.equal(await renew({ consistency: 'stale' }), 2)
  t.strictSame(story, ['answered, linearizable', 'mine was heard'])
})

t.test('another one says that it does not lead', async (t) => {
  const { renew, story } = nameServer(false)
  await t.rejects(renew(), NotLeaderError)
  t.strictSame(story, [])
})

t.test('one that is asked for its own word, or by who can not reach the leader, passes it on', async (t) => {
  const { renew, story } = nameServer(false)
  const token = 'of the caller'
  for (const meta of [{ consistency: 'follower' }, { consistency: 'stale' }, { via: 1 }] as const)
    t.equal(await renew({ ...meta, token }), 2)
  t.strictSame(new Set(story), new Set(['passed on with {"token":"of the caller"}']))
})
