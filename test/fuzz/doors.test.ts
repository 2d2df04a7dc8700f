import t from 'tap'
import { doorTargets } from './door-targets.js'
import { runShortly } from './target.js'
import { webTargets } from './web-targets.js'

for (const target of [...doorTargets, ...webTargets])
  void t.test(target.name, (t) => t.resolves(runShortly(target)))
