import t from 'tap'
import { runShortly } from './target.js'
import { valueTargets } from './value-targets.js'

for (const target of valueTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
