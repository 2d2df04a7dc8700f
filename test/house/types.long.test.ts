/** The compiler's judgement of all sources, as `npm run build` has it. */
import t from 'tap'
import { complaintsAboutTheHouse } from './declarations.js'

t.test('the whole house is sound', async (t) => t.same(complaintsAboutTheHouse(), []))
