/**
 * Several commands as one entry of the log: a command `atomic.run` whose only param lists them,
 *
 *     [["accounts", "withdraw", ["ann", 10]], ["accounts", "deposit", ["bob", 10]]]
 *
 * They run one after another. If one of them fails, each object is put back to how it was before the entry.
 */
import { isList, type Json } from '../../json.js'
import { InvalidParamsError, RolledBackError, type RollcallError } from '../../rpc/errors.js'
import { toWire } from '../../rpc/wire-error.js'
import { describedThrown, type CommandResult, type HostedObject } from '../objects/hosted.js'

export interface AtomicCall {
  readonly object: string
  readonly method: string
  readonly params: readonly Json[]
}

/** One of them, found. */
export interface Part extends AtomicCall {
  readonly found: HostedObject
  /** Of the object's class that it was written for. */
  readonly version: number
}

/** Of one entry: nobody else is heard while it runs. */
const ATOMIC_CALLS_MAX = 1_000
/** Of all results together, in characters of JSON: they are kept, and sent in one answer. */
export const ATOMIC_RESULTS_LENGTH_MAX = 1_000_000

const FORM = 'run(calls): calls lists [object, method, params], such as ["accounts", "deposit", ["ann", 10]]'

/** @throws InvalidParamsError for params that are none of `atomic.run` */
export function atomicCallsIn(params: readonly Json[]): readonly AtomicCall[] {
  const [list, ...rest] = params
  if (!isList(list) || rest.length > 0) throw new InvalidParamsError(`${FORM}; it was not executed`)
  if (list.length === 0 || list.length > ATOMIC_CALLS_MAX)
    throw new InvalidParamsError(
      `run(calls): an atomic entry has 1 to ${ATOMIC_CALLS_MAX} commands, not ${list.length}; it was not executed`,
    )
  return list.map((each, at) => {
    const [object, method, args = [], ...more] = isList(each) ? each : []
    if (typeof object !== 'string' || typeof method !== 'string' || !isList(args) || more.length > 0)
      throw new InvalidParamsError(`${FORM}; calls[${at}] is none, and nothing was executed`)
    return { object, method, params: args }
  })
}

/** Runs the parts, each by `run`, and undoes all of them if one fails. The results in their order. */
export function runAtomically(parts: readonly Part[], run: (part: Part) => CommandResult): CommandResult {
  const results: Json[] = []
  const all = (): void => {
    let length = 0
    for (const part of parts) {
      const value = valueOf(run(part))
      length += JSON.stringify(value).length
      if (length > ATOMIC_RESULTS_LENGTH_MAX) throw tooLong()
      results.push(value)
    }
  }
  try {
    attempted(new Set(parts.map(({ found }) => found)), all)
    return results.length === parts.length
      ? { value: results }
      : { error: rolledBack(parts, results, notRun()) }
  } catch (thrown) {
    return { error: rolledBack(parts, results, describedThrown(thrown).told) }
  }
}

/** The outermost puts back last what it had first. */
function attempted(objects: ReadonlySet<HostedObject>, all: () => void): void {
  const run = [...objects].reduceRight<() => void>(
    (inner, { attempt }) =>
      () =>
        attempt?.(inner),
    all,
  )
  const unused = [...objects].filter(({ isUsed }) => !isUsed)
  try {
    run()
  } catch (thrown) {
    // Nothing has been done to them.
    for (const object of unused) object.isUsed = false
    throw thrown
  }
}

function valueOf(result: CommandResult): Json {
  if ('error' in result) throw result.error
  return result.value
}

/** As many have succeeded as there are results. */
function rolledBack(
  parts: readonly Part[],
  { length: index }: readonly Json[],
  error: RollcallError,
): RolledBackError {
  const { object = '', method = '' } = parts[index] ?? {}
  const command = `${object}.${method}`
  const { code, message, data } = toWire(error)
  const wire = { code, message, ...(data !== undefined && { data }) }
  const sentence = `nothing was executed: command ${index} of ${parts.length}, ${command}, failed: ${message}`
  return new RolledBackError(sentence, { index, command, error: wire }, error)
}

function tooLong(): InvalidParamsError {
  return new InvalidParamsError(
    `the results of an atomic entry have at most ${ATOMIC_RESULTS_LENGTH_MAX} characters together: make several of it`,
  )
}

function notRun(): InvalidParamsError {
  return new InvalidParamsError('attempt(run) of a class must call run once, and throw what it throws')
}
