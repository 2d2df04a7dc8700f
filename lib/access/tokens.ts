/** The tokens of those who belong, each on a line of its own: the first is the one that is shown to others. */
import { InvalidParamsError } from '../rpc/errors.js'

/** Whoever has a token of these may do everything; asked anew each time, as they may be changed while all runs. */
export type Tokens = () => readonly string[]

/** What is heard on the way can be tried against guesses by anybody, for as long as he likes. */
const TOKEN_LENGTH_MIN = 16
const TOKEN_LENGTH_MAX = 1_000
const COUNT_MAX = 16
const TOKEN = /^[!-~]*$/

/** Empty lines count for nothing. @throws InvalidParamsError, which does not tell them, where one is none or there is none */
export function readTokens(text: string): readonly string[] {
  const tokens = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  demandTokens(tokens)
  return tokens
}

/** @throws InvalidParamsError */
export function demandTokens(tokens: readonly string[]): void {
  const isOne = (each: string): boolean =>
    TOKEN.test(each) && each.length >= TOKEN_LENGTH_MIN && each.length <= TOKEN_LENGTH_MAX
  if (tokens.length === 0) throw new InvalidParamsError('there is no token in it')
  if (tokens.length > COUNT_MAX) throw new InvalidParamsError(`there are more than ${COUNT_MAX} tokens in it`)
  const at = tokens.findIndex((each) => !isOne(each))
  if (at >= 0)
    throw new InvalidParamsError(
      `token ${at + 1} must be ${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX} visible characters of ASCII, such as \`openssl rand -hex 32\` makes`,
    )
}
