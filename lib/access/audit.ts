/** One line of the log for each act of an operator: who, from where, what, and what became of it. */
import type { Json } from '../json.js'
import type { Clock, Logger } from '../ports.js'
import type { Grant } from '../roles.js'
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

/** Whoever is refused may ask again and again: the log gets no more than so many lines in so long. Milliseconds. */
const REFUSALS = { most: 10, inMs: 60_000 }

/** Acts that nobody who may has asked for. */
export class Refusals {
  #since = -Infinity
  #count = 0

  constructor(
    private readonly options: Pick<AuditOptions, 'logger'> & { readonly clock: Pick<Clock, 'now'> },
  ) {}

  tell(act: string, grant: Grant | undefined, { connection: { remote } }: CallContext): void {
    const { clock, logger } = this.options
    const now = clock.now()
    if (now - this.#since > REFUSALS.inMs) {
      if (this.#count > REFUSALS.most) logger.warn(`refused ${this.#count - REFUSALS.most} more such acts`)
      this.#since = now
      this.#count = 0
    }
    this.#count += 1
    const who = grant?.name ?? 'nobody known'
    if (this.#count <= REFUSALS.most)
      logger.warn(`refused ${act} to ${who}`, { act, who, from: remote, outcome: 'UNAUTHORIZED' })
  }
}

function tell(
  { callers, logger }: AuditOptions,
  act: string,
  params: readonly Json[],
  context: CallContext,
  outcome: string,
): void {
  const who = callers.grantOf(context)?.name ?? 'nobody known'
  const what = shortened(JSON.stringify(params).slice(1, -1))
  logger.info(`${act}(${what}) by ${who}: ${outcome}`, {
    act,
    params: what,
    who,
    from: context.connection.remote,
    outcome,
  })
}
