/** Where a process has it from whom it lets do what: told once at its start, or read again while it runs. */
import { isObject } from '../json.js'
import type { Rule } from '../rpc/options.js'
import { readAccessTable, type AccessTable } from './access-table.js'
import { demandTokens, type Tokens } from './tokens.js'

/** Who may call what. Without either option, anyone may call everything except what is reserved for operators. */
export interface AccessOptions {
  /**
   * The token that members, name servers and their operators share, of at least 16 visible ASCII characters. Whoever
   * shows it may do everything. If there are several, any is accepted, and the first is shown to others. A function is
   * called each time, and must return the same list as long as nothing has changed. Default: none, and none is asked
   * for.
   */
  readonly token?: string | readonly string[] | (() => readonly string[]) | undefined
  /**
   * Who else may do what, by token or certificate. A function is called each time, and must return the same object as
   * long as nothing has changed. Default: nobody else.
   */
  readonly access?: AccessTable | (() => AccessTable) | undefined
}

export const TOKENS: Rule = {
  holds: (value) => typeof value === 'string' || typeof value === 'function' || Array.isArray(value),
  wanted: 'a text, a list of texts, or a function that gives one',
  isSecret: true,
}
export const ACCESS: Rule = {
  holds: (value) => typeof value === 'function' || isObject(value),
  wanted:
    'an object: { callers: [{ name, role, may, tokenSha256, certificate }] }, or a function that gives one',
  isSecret: true,
}

/** @throws InvalidParamsError for what is no token */
export function tokensOf({ token }: AccessOptions): Tokens | undefined {
  if (token === undefined || typeof token === 'function') return token
  const tokens = typeof token === 'string' ? [token] : [...token]
  demandTokens(tokens)
  return () => tokens
}

/** @throws InvalidParamsError for what is no table */
export function accessOf({ access }: AccessOptions): (() => AccessTable) | undefined {
  if (access === undefined || typeof access === 'function') return access
  const table = readAccessTable(access)
  return () => table
}

/** What this process shows of itself where it is a client. */
export function ownTokenOf(options: AccessOptions): (() => string | undefined) | undefined {
  const tokens = tokensOf(options)
  return tokens && (() => tokens()[0])
}
