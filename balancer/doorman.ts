/**
 * Who calls through a balancer. Whoever shows a token calls under it, and the member judges what he may; whoever shows
 * none calls as this balancer does. Where it has been told who may do what, the balancer judges all of it, too.
 */
import type { Callers } from '../lib/access/callers.js'
import { INTRODUCTION, introducing, needed, refused } from '../lib/access/gate.js'
import type { Json } from '../lib/json.js'
import { OWN_OBJECTS, type Grant, type Need } from '../lib/roles.js'
import type { CallContext, ExposedMethod, MethodSaid } from '../lib/rpc/exposed.js'
import type { Gate } from '../lib/rpc/gate.js'

type Methods = ReadonlyMap<string, Pick<MethodSaid, 'kind'>>

/** The context of a call as it is passed on. Rejects with an UnauthorizedError. */
export type Admit = (fullName: string, params: readonly Json[], context: CallContext) => Promise<CallContext>

/** `kinds`: the methods of an object, as the leader has it. */
export function doorman(
  callers: Callers,
  kinds: (object: string, context: CallContext) => Promise<Methods>,
): Admit {
  return async (fullName, params, context) => {
    const token = callers.tokenOf(context)
    if (!callers.isOpen) await judge(fullName, params, context)
    return token === undefined ? context : { ...context, meta: { ...context.meta, token } }
  }

  async function judge(fullName: string, params: readonly Json[], context: CallContext): Promise<void> {
    const [grant, token] = [callers.grantOf(context), callers.tokenOf(context)]
    if (grant === undefined) throw refused(fullName, 'reader', undefined, token)
    const need = await needOf(fullName, grant, (object) => kinds(object, context))
    const missing = needed(fullName, need, params, grant)
    if (missing !== undefined) throw refused(missing, 'call', grant, token)
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

/** Of a balancer that asks nobody: it only remembers how each connection introduces itself, as the members may ask for it. */
export class OpenGate implements Gate {
  readonly #callers: Pick<Callers, 'introduced'>

  constructor(callers: Pick<Callers, 'introduced'>) {
    this.#callers = callers
  }

  guarded(fullName: string, method: ExposedMethod): ExposedMethod {
    if (fullName !== INTRODUCTION) return method
    return introducing(method, (context) => this.#callers.introduced(context))
  }

  demandKnown(): undefined {
    return undefined
  }

  isKnown(): boolean {
    return true
  }

  whyNoPage(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}
