/** All that is fuzzed. */
import { folderTargets } from './folder-targets.js'
import { peerTargets } from './peer-targets.js'
import { snapshotTargets } from './snapshot-targets.js'
import type { Target } from './target.js'
import { wireTargets } from './wire-targets.js'

export const targets: readonly Target[] = [
  ...wireTargets,
  ...peerTargets,
  ...folderTargets,
  ...snapshotTargets,
]
