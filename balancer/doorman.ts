/**
 * Who calls through a balancer, where that is asked. Whoever is known by a token calls under it, and the member judges
 * what he may; whoever is known by a certificate calls as this balancer, which judges all of it.
 */
import type { Callers } from '../lib/access/callers.js'
import { needed, refused } from '../lib/access/gate.js'
import type { Json } from '../lib/json.js'
import { OWN_OBJECTS, type Grant, type Need } from '../lib/roles.js'
import type { CallContext, MethodSaid } from '../lib/rpc/exposed.js'

type Methods = ReadonlyMap<string, Pick<MethodSaid, 'kind'>>

/** The context of a call as it is passed on. Rejects with an UnauthorizedError. */
export type Admit = (fullName: string, params: readonly Json[], context: CallContext) => Promise<CallContext>

/** `kinds`: the methods of an object, as the leader has it. Undefined: everybody is let in. */
export function doorman(
  callers: Callers,
  kinds: (object: string, context: CallContext) => Promise<Methods>,
): Admit | undefined {
  if (callers.isOpen) return undefined
  return async (fullName, params, context) => {
    const grant = callers.grantOf(context)
    const token = callers.tokenOf(context)
    if (grant === undefined) throw refused(fullName, 'reader', undefined, token)
    if (token !== undefined && callers.isByToken(context))
      return { ...context, meta: { ...context.meta, token } }
    const need = await needOf(fullName, grant, (object) => kinds(object, context))
    const missing = needed(fullName, need, params, grant)
    if (missing !== undefined) throw refused(missing, 'call', grant, token)
    return context
  }
}

/** Only of whoever may but read it is asked whether the method does more. */
async function needOf(
  fullName: string,
  { role }: Grant,
  methodsOf: (object: string) => Promise<Methods>,
): Promise<Need> {
  const dot = Math.max(0, fullName.lastIndexOf('.'))
  const [object, method] = [fullName.slice(0, dot), fullName.slice(dot + 1)]
  if (object === 'daemon') return 'reader'
  const own = Object.entries(OWN_OBJECTS).find(([name]) => name === object)?.[1]
  if (own !== undefined || role !== 'reader') return own ?? 'call'
  return (await methodsOf(object)).get(method)?.kind === 'query' ? 'query' : 'call'
}
