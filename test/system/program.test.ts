/** What the command starts when it starts itself once more. */
import t from 'tap'
import { program } from '../../lib/system/program.js'

void t.test(
  'bug: code under test that was to start the command started the test, which started itself again',
  (t) => {
    t.throws(program, { message: /only the command rollcall starts itself once more/ })
    t.end()
  },
)
