/** The compiler's judgement of what users run. */
import t from 'tap'
import { complaintsAboutWhatShips } from './declarations.js'

t.test('what ships is sound', async (t) => t.same(complaintsAboutWhatShips(), []))
