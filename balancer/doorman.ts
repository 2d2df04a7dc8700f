/**
 * Who calls through a balancer, where that is asked. Whoever is known by a token calls under it, and the member judges
 * what he may; whoever is known by a certificate calls as this balancer, which judges all of it.
 */
import type { Callers } from '../lib/access/callers.js'
import { needed, refused } from '../lib/access/gate.js'
import type { Json } from '../lib/json.js'
import type { CallContext } from '../lib/rpc/exposed.js'
import { OWN_OBJECTS, type Need } from '../lib/roles.js'

/** The context of a call as it is passed on. @throws UnauthorizedError */
export type Admit = (fullName: string, params: readonly Json[], context: CallContext) => CallContext

/** Undefined: everybody is let in. */
export function doorman(callers: Callers): Admit | undefined {
  if (callers.isOpen) return undefined
  return (fullName, params, context) => {
    const grant = callers.grantOf(context)
    if (grant === undefined) throw refused(fullName, 'reader', undefined, context)
    const token = callers.tokenOf(context)
    if (token !== undefined && callers.isByToken(context))
      return { ...context, meta: { ...context.meta, token } }
    const named = needed(fullName, needOf(fullName), params, grant)
    if (named !== undefined) throw refused(named, 'call', grant, context)
    return context
  }
}

/** Of whoever is known by a certificate; what only reads is not told from what does not. */
function needOf(fullName: string): Need {
  const object = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')))
  if (object === 'daemon') return 'reader'
  return Object.entries(OWN_OBJECTS).find(([name]) => name === object)?.[1] ?? 'call'
}
