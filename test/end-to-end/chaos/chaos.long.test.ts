/** A short run of `npm run chaos`: one storm, and what is left after it. */
import t from 'tap'
import { chaos } from './chaos.js'

t.test(
  'processes are killed and stopped, links cut, disks frozen and full, clocks set: all that clients are told fits into one story',
  { skip: process.platform !== 'linux' && 'only Linux gives each node an address of its own' },
  async (t) => {
    const { wrong, summary } = await chaos(t, { minutes: 0, seed: 2, say: (sentence) => t.comment(sentence) })
    t.same(wrong, [], summary)
  },
)
