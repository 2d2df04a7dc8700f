/** The gate of a process: each method asks of its caller what the table of roles says. */
import type { Logger } from '../ports.js'
import { isAtLeast, NEED_OF_KIND, type Need } from '../roles.js'
import { UnauthorizedError } from '../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../rpc/exposed.js'
import type { Gate } from '../rpc/gate.js'
import { shortened } from '../values/words.js'
import { withoutStack } from '../without-stack.js'
import { audited } from './audit.js'
import type { Callers } from './callers.js'

export interface RolesGateOptions {
  readonly callers: Callers
  /** Hears of each operator's act. */
  readonly logger: Logger
}

export class RolesGate implements Gate {
  readonly #options: RolesGateOptions

  constructor(options: RolesGateOptions) {
    this.#options = options
  }

  guarded(fullName: string, method: ExposedMethod): ExposedMethod {
    const need: Need = method.needs ?? NEED_OF_KIND[method.kind]
    if (need !== 'operator') return method
    const { callers } = this.#options
    const admits = (context: CallContext): unknown => {
      const grant = callers.grantOf(context)
      if (grant === undefined || !isAtLeast(grant.role, 'operator')) throw this.#refused(fullName, context)
      return method.admits?.(context)
    }
    return { ...audited(fullName, method, this.#options), admits }
  }

  #refused(fullName: string, { connection: { remote }, meta: { token } }: CallContext): UnauthorizedError {
    const why = token === undefined ? 'it brought no token' : 'its token is not known here'
    this.#options.logger.warn(`refused ${fullName}`, {
      act: fullName,
      from: remote,
      outcome: 'UNAUTHORIZED',
      why,
    })
    return forOperators(fullName, why)
  }
}

function forOperators(fullName: string, why: string): UnauthorizedError {
  const name = shortened(fullName)
  const id = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  return withoutStack(
    () =>
      new UnauthorizedError(
        `${name} is for operators, and ${why}: the token stands in operator.token in the data folder of ${id}, where the command ` +
          `line on that machine finds it (elsewhere, give it --token-file); a program says it by connect({ operatorToken }), any ` +
          `other in meta.token; it was not executed`,
      ),
  )
}
