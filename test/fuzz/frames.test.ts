import t from 'tap'
import { frameTargets } from './frame-targets.js'
import { runShortly } from './target.js'

for (const target of frameTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
