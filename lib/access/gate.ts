/** The gate of a process: each method asks of its caller what the table of roles says. */
import { isList, type Json } from '../json.js'
import type { Clock, Logger } from '../ports.js'
import { isAmong, isAtLeast, NEED_OF_KIND, type Grant, type Need, type Role } from '../roles.js'
import { UnauthorizedError } from '../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../rpc/exposed.js'
import type { Gate, PageAsker } from '../rpc/gate.js'
import { shortened } from '../values/words.js'
import { withoutStack } from '../without-stack.js'
import { audited, Refusals } from './audit.js'
import type { Callers } from './callers.js'

export interface RolesGateOptions {
  readonly callers: Callers
  /** Hears of each operator's act. */
  readonly logger: Logger
  readonly clock: Pick<Clock, 'now'>
}

/** What the table asks for, read as: a role that the caller must have at the least, and what must be among its methods. */
const LEAST: { readonly [N in Exclude<Need, 'anybody'>]: Role } = {
  reader: 'reader',
  query: 'reader',
  watch: 'reader',
  user: 'user',
  call: 'user',
  atomic: 'user',
  operator: 'operator',
  member: 'member',
}

/** Whoever starts and watches processes may ask whether one lives. */
const OPEN_PAGE = '/livez'

/** By which a connection begins that shows a token for all of its calls. */
export const INTRODUCTION = 'daemon.ping'

export class RolesGate implements Gate {
  readonly #callers: Callers
  readonly #options: RolesGateOptions
  readonly #refusals: Refusals

  constructor(options: RolesGateOptions) {
    this.#options = options
    this.#callers = options.callers
    this.#refusals = new Refusals(options)
  }

  guarded(fullName: string, method: ExposedMethod): ExposedMethod {
    if (fullName === INTRODUCTION) return introducing(method, (context) => this.#introduced(context))
    const need: Need = method.needs ?? NEED_OF_KIND[method.kind]
    if (this.#callers.isOpen && need !== 'operator') return method
    const { admits } = method
    const judged = {
      ...method,
      admits: (context: CallContext): unknown => {
        const admit = (): unknown => {
          this.#judge(fullName, need, context)
          return admits?.(context)
        }
        // Others may call over the same connection meanwhile.
        const judging = need === 'anybody' ? undefined : this.#callers.judging(context)
        return judging?.then(admit) ?? admit()
      },
    }
    return need === 'operator'
      ? audited(fullName, judged, this.#options)
      : this.#ofNamed(fullName, need, judged)
  }

  demandKnown(fullName: string, context: CallContext): Promise<void> | undefined {
    if (this.#callers.isOpen) return undefined
    const judge = (): void => this.#judge(fullName, 'reader', context)
    const judging = this.#callers.judging(context)?.then(judge)
    if (judging === undefined) judge()
    return judging
  }

  judging(from: PageAsker): Promise<void> | undefined {
    return this.#callers.isOpen ? undefined : this.#callers.judgingOf(from)
  }

  isKnown(connection: Parameters<Gate['isKnown']>[0]): boolean {
    return this.#callers.isOpen || this.#callers.isKnown(connection)
  }

  async whyNoPage(path: string, from: PageAsker): Promise<string | undefined> {
    if (this.#callers.isOpen || path === OPEN_PAGE) return undefined
    const asked = { connection: from, meta: {} }
    await this.#callers.judging(asked)
    if (this.#callers.grantOf(asked) !== undefined) return undefined
    return 'this page is for callers that are known here: send Authorization: Bearer TOKEN'
  }

  /** Until it is found out who that is no more is read, where it was not known. */
  #introduced(context: CallContext): void {
    this.#callers.introduced(context)
    if (context.meta.token === undefined || this.#callers.isOpen) return
    const judging = this.#callers.judging(context)
    if (judging !== undefined) context.connection.judged?.(judging)
  }

  /** @throws UnauthorizedError */
  #judge(fullName: string, need: Need, context: CallContext): void {
    if (need === 'anybody') return
    const grant = this.#callers.grantOf(context)
    if (grant !== undefined && needed(fullName, need, [], grant) === undefined) return
    if (need === 'operator') this.#refusals.tell(fullName, grant, context)
    throw refused(fullName, need, grant, this.#callers.tokenOf(context))
  }

  /** What its params name must be among the caller's methods, too. */
  #ofNamed(fullName: string, need: Need, method: ExposedMethod): ExposedMethod {
    if (NAMED[need] === undefined) return method
    const handler = (params: readonly Json[], context: CallContext): unknown => {
      const grant = this.#callers.grantOf(context)
      const missing = grant === undefined ? fullName : needed(fullName, need, params, grant)
      if (missing !== undefined) throw refused(missing, 'call', grant, this.#callers.tokenOf(context))
      return method.handler(params, context)
    }
    return { ...method, handler }
  }
}

/** The same method, whose calls say who makes those that follow over their connection. */
export function introducing(
  method: ExposedMethod,
  introduced: (context: CallContext) => void,
): ExposedMethod {
  const { admits } = method
  const met = (context: CallContext): unknown => {
    introduced(context)
    return admits?.(context)
  }
  return { ...method, admits: met }
}

/** What this caller may not call of what the call asks for. Undefined: it may call all of it. */
export function needed(
  fullName: string,
  need: Need,
  params: readonly Json[],
  grant: Grant,
): string | undefined {
  if (need === 'anybody') return undefined
  if (!isAtLeast(grant.role, LEAST[need])) return fullName
  const own = need === 'query' || need === 'call' ? [fullName] : []
  return [...own, ...(NAMED[need]?.(params) ?? [])].find((each) => !isAmong(grant, each))
}

/** What else a call calls. What can't be read is refused by the method itself. */
const NAMED: { readonly [N in Need]?: (params: readonly Json[]) => readonly string[] } = {
  watch: ([object]) => (typeof object === 'string' ? [`${object}.watch`] : []),
  atomic: ([calls]) =>
    isList(calls)
      ? calls.flatMap((each) => (isList(each) ? [`${nameIn(each[0])}.${nameIn(each[1])}`] : []))
      : [],
}

function nameIn(json: Json | undefined): string {
  return typeof json === 'string' ? json : ''
}

/** `token`: what the caller has shown. @returns why this caller may not, and what would let it */
export function refused(
  fullName: string,
  need: Need,
  grant: Grant | undefined,
  token: string | undefined,
): UnauthorizedError {
  const name = shortened(fullName)
  return withoutStack(() => {
    if (need === 'operator') return new UnauthorizedError(forOperators(name, grant, token))
    if (grant !== undefined)
      return new UnauthorizedError(
        `${name} was refused: it is not among what ${grant.name}, a ${grant.role}, may call here; it was not executed`,
      )
    const why = token === undefined ? 'its caller is not known' : 'its token is not known'
    return new UnauthorizedError(
      `${name} was refused, as ${why} here: connect with a token that is, or with a certificate that is; it was not executed`,
    )
  })
}

function forOperators(name: string, grant: Grant | undefined, token: string | undefined): string {
  const id = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  const shown = token === undefined ? 'it brought no token' : 'its token is not known here'
  const why = grant === undefined ? shown : `${grant.name} is a ${grant.role} here`
  return (
    `${name} is for operators, and ${why}: their token stands in operator.token in the data folder of ${id}, where the command ` +
    `line on that machine finds it, if the folder is .rollcall/${id} or given with --data (elsewhere, give it ` +
    `--token-file); a program says it by connect({ operatorToken }), any other in meta.token; it was not executed`
  )
}
