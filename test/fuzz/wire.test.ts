import t from 'tap'
import { runShortly } from './target.js'
import { wireTargets } from './wire-targets.js'

for (const target of wireTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
