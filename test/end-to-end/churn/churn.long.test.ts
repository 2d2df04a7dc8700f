/** A short run of `npm run churn`: until each of the first members has been replaced. */
import t from 'tap'
import { churn } from './churn.js'

t.test(
  'a cluster is grown, shrunk and replaced while 64 clients write and nodes are killed: every command is there as often as its client was told',
  async (t) => {
    const { wrong, summary } = await churn(t, {
      seconds: 0,
      replaced: 'all',
      untilSnapshots: false,
      seed: 1,
      say: (sentence) => t.comment(sentence),
    })
    t.same(wrong, [], summary)
  },
)
