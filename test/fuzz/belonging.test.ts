import t from 'tap'
import { belongingTargets } from './belonging-targets.js'
import { sessionTargets } from './session-targets.js'
import { runShortly } from './target.js'

for (const target of [...belongingTargets, ...sessionTargets])
  void t.test(target.name, (t) => t.resolves(runShortly(target)))
