/** All that is fuzzed. */
import { accessTargets } from './access-targets.js'
import { balancerTargets } from './balancer-targets.js'
import { belongingTargets } from './belonging-targets.js'
import { bothWaysTargets } from './both-ways-targets.js'
import { clientTargets } from './client-targets.js'
import { doorTargets } from './door-targets.js'
import { folderTargets } from './folder-targets.js'
import { frameTargets } from './frame-targets.js'
import { objectTargets } from './object-targets.js'
import { peerTargets } from './peer-targets.js'
import { sessionTargets } from './session-targets.js'
import { snapshotTargets } from './snapshot-targets.js'
import type { Target } from './target.js'
import { textTargets } from './text-targets.js'
import { valueTargets } from './value-targets.js'
import { webTargets } from './web-targets.js'
import { wireTargets } from './wire-targets.js'

export const targets: readonly Target[] = [
  ...wireTargets,
  ...doorTargets,
  ...bothWaysTargets,
  ...webTargets,
  ...balancerTargets,
  ...clientTargets,
  ...peerTargets,
  ...frameTargets,
  ...belongingTargets,
  ...accessTargets,
  ...objectTargets,
  ...sessionTargets,
  ...folderTargets,
  ...snapshotTargets,
  ...textTargets,
  ...valueTargets,
]
