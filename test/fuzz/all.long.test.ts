/** Each target with all of its inputs, of which `npm test` tries a quarter. */
import t from 'tap'
import { run } from './target.js'
import { targets } from './targets.js'

for (const target of targets) void t.test(target.name, (t) => t.resolves(run(target)))
