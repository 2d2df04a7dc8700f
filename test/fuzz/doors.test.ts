import t from 'tap'
import { doorTargets } from './door-targets.js'
import { runShortly } from './target.js'

for (const target of doorTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
