/** Where a process has it from whom it lets do what: told once at its start, or read again while it runs. */
import { isObject } from '../json.js'
import type { Rule } from '../rpc/options.js'
import { readAccessTable, type AccessTable } from './access-table.js'
import { demandTokens, type Tokens } from './tokens.js'

/** Without either, everybody may call everything but what is for operators. */
export interface AccessOptions {
  /**
   * The token of those who belong together: the members, the name servers, and whoever runs them. Whoever shows it may
   * do everything; each of several is good, and the first one is shown to others. At least 16 visible characters of
   * ASCII. A function is asked each time, and gives the same list for as long as nothing has changed. Default: none, and
   * nobody is asked for one.
   */
  readonly token?: string | readonly string[] | (() => readonly string[]) | undefined
  /**
   * Who else may do what, by token or certificate. A function is asked each time, and gives the same object for as long
   * as nothing has changed. Default: nobody else.
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
