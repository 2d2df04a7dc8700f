/** What an operator shows the member that he wants something of. */
import { MEMBER_METHODS } from '../roles.js'
import type { Uri } from '../rpc/uri.js'
import type { ConnectOptions } from './rollcall.js'

/** For the member of that URI. */
export type OperatorTokenOf = (member: Uri) => string | undefined

/** Undefined: there is none. */
export function operatorTokenOf({
  operatorToken,
}: Pick<ConnectOptions, 'operatorToken'>): OperatorTokenOf | undefined {
  return typeof operatorToken === 'string' ? () => operatorToken : operatorToken
}

/** Whether a member's own object asks its caller to be an operator. */
export function isForOperators(method: string): boolean {
  return Object.entries(MEMBER_METHODS).some(([name, need]) => name === method && need === 'operator')
}
