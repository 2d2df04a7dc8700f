/**
 * Params of a method that has schemas: judged once, before they enter the log, which has what the schemas have made of
 * them.
 */
import type { Json } from '../../json.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import { validatedNow, type Schemas } from '../../rpc/answering/validation.js'
import { isJson, whyNotCarried } from '../../values/carried.js'

/** @throws InvalidParamsError for what does not pass, and for what the log would alter */
export function judgedParams(name: string, params: readonly Json[], schemas: Schemas): readonly Json[] {
  return validatedNow(name, params, schemas).map((value, at) => {
    if (isJson(value)) return value
    const why = whyNotCarried(value, `args[${at}]`)
    throw new InvalidParamsError(
      `${name}: what its schema makes of a param must be JSON: ${why}; it was not executed`,
    )
  })
}
