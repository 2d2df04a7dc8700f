/** One line of the log for each act of an operator: who, from where, what, and what became of it. */
import type { Json } from '../json.js'
import type { Logger } from '../ports.js'
import { RollcallError } from '../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../rpc/exposed.js'
import { shortened } from '../values/words.js'
import type { Callers } from './callers.js'

export interface AuditOptions {
  readonly callers: Pick<Callers, 'grantOf'>
  readonly logger: Logger
}

/** Pieces of what the act before them has begun. */
const PARTS: readonly string[] = ['backupChunk']

/** The same method, each call of which is told of when it has its outcome. */
export function audited(fullName: string, method: ExposedMethod, options: AuditOptions): ExposedMethod {
  if (PARTS.some((part) => fullName.endsWith(`.${part}`))) return method
  const handler = async (params: readonly Json[], context: CallContext): Promise<unknown> => {
    try {
      const result: unknown = await method.handler(params, context)
      tell(options, fullName, params, context, 'done')
      return result
    } catch (error) {
      tell(options, fullName, params, context, error instanceof RollcallError ? error.label : String(error))
      throw error
    }
  }
  return { ...method, handler }
}

function tell(
  { callers, logger }: AuditOptions,
  act: string,
  params: readonly Json[],
  context: CallContext,
  outcome: string,
): void {
  const who = callers.grantOf(context)?.name ?? 'nobody'
  const what = shortened(JSON.stringify(params).slice(1, -1))
  logger.info(`${act}(${what}) by ${who}: ${outcome}`, {
    act,
    params: what,
    who,
    from: context.connection.remote,
    outcome,
  })
}
