import t from 'tap'
import { balancerTargets } from './balancer-targets.js'
import { bothWaysTargets } from './both-ways-targets.js'
import { doorTargets } from './door-targets.js'
import { runShortly } from './target.js'
import { webTargets } from './web-targets.js'

for (const target of [...doorTargets, ...bothWaysTargets, ...webTargets, ...balancerTargets])
  void t.test(target.name, (t) => t.resolves(runShortly(target)))
