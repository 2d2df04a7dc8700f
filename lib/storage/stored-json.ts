/** Guarded doors from the JSON of a file. Each refuses with a MalformedRecordError, naming the member. */
import { jsonIn, type Json, jsonReaders } from '../json.js'
import { MalformedRecordError } from './errors.js'

export const { fields, list, whole, text } = jsonReaders(
  (what, wanted) => new MalformedRecordError(`${what} should be ${wanted}`),
)

export function parse(payload: string): Json {
  const parsed = jsonIn(payload)
  if (parsed === undefined) throw new MalformedRecordError('what should be JSON is not')
  return parsed
}
