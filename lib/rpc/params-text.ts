/** The params of a call as the text that all its attempts send: what the caller does to them later is not in it. */
import { isList, type Json } from '../json.js'
import { isCarried, whyNotCarried } from './carried.js'
import { InvalidParamsError } from './errors.js'

/** JSON of a list, without line breaks. */
export type ParamsText = string & { readonly __text: 'params' }

/**
 * `name`, of the method, is for messages.
 * @throws InvalidParamsError for anything that would arrive as something else, with its path
 */
export function paramsText(name: string, params: readonly unknown[]): ParamsText {
  if (!isList(params)) throw new InvalidParamsError(`${name}: its params are a list; the call was not sent`)
  for (let at = 0; at < params.length; at += 1) {
    if (isCarried(params[at])) continue
    const why = whyNotCarried(params[at], `argument ${at + 1}`)
    throw new InvalidParamsError(`${name}: ${why}; the call was not sent`)
  }
  return textOf(name, params)
}

/** Of what was made by this program, and is not looked at. @throws InvalidParamsError */
export function textOf(name: string, params: readonly unknown[]): ParamsText {
  try {
    return JSON.stringify(params) as ParamsText
  } catch (cause) {
    throw new InvalidParamsError(`${name}: its params can not be sent as JSON; the call was not sent`, {
      cause,
    })
  }
}

/** Arguments without the undefined ones at the end, so that the method's defaults apply. */
export function trimmed<T>(params: readonly T[]): readonly T[] {
  const last = params.findLastIndex((param) => param !== undefined)
  return last + 1 === params.length ? params : params.slice(0, last + 1)
}

export type Params = readonly Json[] | ParamsText
