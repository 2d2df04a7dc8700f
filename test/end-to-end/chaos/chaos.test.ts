/** A storm that is over after some seconds, and what is left after it. */
import t from 'tap'
import { chaos } from './chaos.js'

t.test(
  'in a short storm all that clients are told fits into one story',
  { skip: process.platform !== 'linux' && 'only Linux gives each node an address of its own' },
  async (t) => {
    const { wrong, summary } = await chaos(t, {
      minutes: 0,
      stormMs: { least: 3000, most: 3000 },
      seed: 2,
      say: (sentence) => t.comment(sentence),
    })
    t.same(wrong, [], summary)
  },
)
