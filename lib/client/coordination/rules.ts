/** What the names and the numbers of coordination must be. */
import { checkValue, type Rule } from '../../rpc/options.js'

const NAME: Rule = {
  holds: (value) => typeof value === 'string' && value !== '' && value.length <= 512,
  wanted: 'a text of 1 to 512 characters',
}

/** `what`: whose name it is, for messages. @throws InvalidParamsError */
export function checkName(what: string, name: string): void {
  checkValue(`${what}: the name`, name, NAME)
}

export function wholeIn(least: number, most: number, what = 'a whole number'): Rule {
  return {
    holds: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    wanted: `${what} from ${least} to ${most.toLocaleString('en')}`,
  }
}
