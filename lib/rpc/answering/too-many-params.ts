/** A call with more params than its method takes. */
import { shortened } from '../../values/words.js'
import { InvalidParamsError } from '../errors.js'
import { withoutStack } from '../../without-stack.js'

/** What is left unread might be the end of a text that was meant to be one. */
export function tooManyParams(
  name: string,
  parameters: readonly string[],
  given: number,
): InvalidParamsError {
  const takes = `${shortened(name)}(${parameters.join(', ')}) takes ${parameters.length === 0 ? 'no params' : `at most ${parameters.length}`}`
  return withoutStack(() => new InvalidParamsError(`${takes}, and got ${given}: it was not executed`))
}
