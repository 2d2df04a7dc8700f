import t from 'tap'
import { folderTargets } from './folder-targets.js'
import { snapshotTargets } from './snapshot-targets.js'
import { runShortly } from './target.js'

for (const target of [...folderTargets, ...snapshotTargets])
  void t.test(target.name, (t) => t.resolves(runShortly(target)))
