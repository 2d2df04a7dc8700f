import t from 'tap'
import { peerTargets } from './peer-targets.js'
import { runShortly } from './target.js'

for (const target of peerTargets) void t.test(target.name, (t) => t.resolves(runShortly(target)))
