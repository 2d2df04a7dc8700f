/** What an operator shows the member that he wants something of. */
import { MEMBER_METHODS } from '../roles.js'
import { UnauthorizedError } from '../rpc/errors.js'
import type { Uri } from '../rpc/uri.js'
import type { ConnectOptions } from './rollcall.js'

/** For the member of that URI. `wasRefused`: it has refused the one that was given for it before. */
export type OperatorTokenOf = (member: Uri, wasRefused: boolean) => string | undefined

/** Undefined: there is none. */
export function operatorTokenOf({
  operatorToken,
}: Pick<ConnectOptions, 'operatorToken'>): OperatorTokenOf | undefined {
  return typeof operatorToken === 'string' ? () => operatorToken : operatorToken
}

/**
 * Asks a member for what is for operators. Where it refuses what it is shown and there is another token for it, it is
 * asked once more with that: a call that is refused has not run.
 */
export async function asOperator<T>(
  tokenOf: OperatorTokenOf | undefined,
  ask: (token?: (member: Uri) => string | undefined) => Promise<T>,
): Promise<T> {
  if (tokenOf === undefined) return ask()
  const shown = new Map<Uri, string | undefined>()
  const first = (member: Uri): string | undefined => {
    const token = tokenOf(member, false)
    shown.set(member, token)
    return token
  }
  try {
    return await ask(first)
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    const others = new Map([...shown.keys()].map((member) => [member, tokenOf(member, true)]))
    if ([...others].every(([member, token]) => token === shown.get(member))) throw error
    return ask((member) => others.get(member) ?? tokenOf(member, false))
  }
}

/** Whether a member's own object asks its caller to be an operator. */
export function isForOperators(method: string): boolean {
  return Object.entries(MEMBER_METHODS).some(([name, need]) => name === method && need === 'operator')
}
