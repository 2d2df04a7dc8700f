import t from 'tap'
import { clientTargets } from './client-targets.js'
import { runShortly } from './target.js'

for (const target of clientTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
