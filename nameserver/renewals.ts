/**
 * A renewal counts at the leader alone, which writes it nowhere: whoever only follows could answer it by what it has, and
 * the name would end all the same. So none does, however the question is asked.
 */
import type { Json } from '../lib/json.js'
import type { CallContext, Handler } from '../lib/rpc/exposed.js'

export interface RenewalsOptions {
  /** Says how many names the lease keeps. */
  readonly renew: Handler
  readonly leads: () => boolean
  /** Asks the leader in the caller's name. */
  readonly passOn: (params: readonly Json[], context: CallContext) => Promise<Json>
  /** The process that has that lease was heard of. */
  readonly heard: (lease: string) => void
}

export function renewals({ renew, leads, passOn, heard }: RenewalsOptions): Handler {
  return async (params, context) => {
    const { via, consistency = 'linearizable', ...meta } = context.meta
    const asked = { ...context, meta }
    const isForAny = via !== undefined || consistency !== 'linearizable'
    if (isForAny && !leads()) return passOn(params, asked)
    const kept: unknown = await renew(params, asked)
    const [lease] = params
    if (typeof lease === 'string') heard(lease)
    return kept
  }
}
