import t from 'tap'
import { objectTargets } from './object-targets.js'
import { runShortly } from './target.js'
import { textTargets } from './text-targets.js'

for (const target of [...textTargets, ...objectTargets])
  void t.test(target.name, (t) => t.resolves(runShortly(target)))
