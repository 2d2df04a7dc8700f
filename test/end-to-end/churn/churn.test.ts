/** As short as a run can be: one member is replaced. */
import t from 'tap'
import { churn } from './churn.js'

t.test(
  'a member is replaced while 64 clients write and nodes are killed: every command is there as often as its client was told',
  async (t) => {
    const { wrong, summary } = await churn(t, {
      seconds: 0,
      replaced: 'one',
      untilSnapshots: false,
      seed: 1,
      say: (sentence) => t.comment(sentence),
    })
    t.same(wrong, [], summary)
  },
)
