/** All that is fuzzed. */
import { folderTargets } from './folder-targets.js'
import { snapshotTargets } from './snapshot-targets.js'
import type { Target } from './target.js'

export const targets: readonly Target[] = [...folderTargets, ...snapshotTargets]
