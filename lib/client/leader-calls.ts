/** Calls of whoever leads: the members are asked who that is, before each attempt. */
import type { Json } from '../json.js'
import type { Caller } from '../rpc/calling/caller.js'
import { NoQuorumError } from '../rpc/errors.js'
import { checkOptions, checkValue, FUNCTION, TIMEOUT, type Rules } from '../rpc/options.js'
import { uri, type Uri } from '../rpc/uri.js'
import type { Directory } from './directory.js'
import { jsonOf } from './json-result.js'
import { asOperator, isForOperators, type OperatorTokenOf } from './operator-token.js'
import type { LeaderCallOptions } from './rollcall.js'
import type { Defaults } from './said.js'
import { METHOD } from './target.js'
import { leaderOf, nobodyLeads, otherCluster, refused, type MemberView } from './views.js'

const LEADER_CALL_RULES: Rules<LeaderCallOptions> = {
  timeoutMs: TIMEOUT,
  attemptMs: TIMEOUT,
  onWaiting: FUNCTION,
  onLeader: FUNCTION,
}

export interface LeaderCallsParts {
  readonly directory: Pick<Directory, 'whoeverLeads' | 'missing'>
  readonly status: () => Promise<readonly MemberView[]>
  /** Does not wait for a leader that is gone. */
  readonly operator: Pick<Caller, 'call'>
  readonly defaults: Defaults
  readonly operatorToken?: OperatorTokenOf | undefined
}

export class LeaderCalls {
  readonly #parts: LeaderCallsParts

  constructor(parts: LeaderCallsParts) {
    this.#parts = parts
  }

  /** As `rollcall.leader`. */
  async leader(): Promise<Uri | null> {
    const leader = leaderOf(await this.#parts.status())
    return leader && uri(leader.uri)
  }

  /** As `rollcall.callLeader`. */
  async call(method: string, params: readonly Json[], options: LeaderCallOptions = {}): Promise<Json> {
    checkValue('callLeader: the method', method, METHOD)
    checkOptions('callLeader', options, LEADER_CALL_RULES)
    const { operator, defaults, operatorToken } = this.#parts
    const find = async (): Promise<Uri> => {
      const leader = await this.#leaderFor(method)
      options.onLeader?.(leader)
      return leader
    }
    // The leader is told how long it is waited for: what goes on for longer goes on for nobody.
    const timeoutMs = options.timeoutMs ?? defaults.timeoutMs
    const given = { ...defaults, ...options, timeoutMs, meta: { ...defaults.meta }, isHarmless: true }
    const ask = (token?: (holder: Uri) => string | undefined): Promise<unknown> =>
      operator.call({ find, token }, method, params, given)
    return jsonOf(await (isForOperators(method) ? asOperator(operatorToken, ask) : ask()), method)
  }

  async #leaderFor(method: string): Promise<Uri> {
    const { directory, status } = this.#parts
    const leading = await directory.whoeverLeads()
    if (leading !== undefined) return leading
    const views = await status()
    const leader = leaderOf(views)
    if (leader !== null) return uri(leader.uri)
    // Whoever asks for the leader's status does so on the way to something else.
    const what = method === 'status' ? '' : `${method} must wait: `
    const missing = otherCluster(views) ?? refused(views) ?? (await directory.missing(views))
    throw missing ?? new NoQuorumError(`${what}${nobodyLeads(views)}`)
  }
}
