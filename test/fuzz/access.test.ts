import t from 'tap'
import { accessTargets } from './access-targets.js'
import { runShortly } from './target.js'

for (const target of accessTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
