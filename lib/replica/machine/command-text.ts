/**
 * A command as it stands in the log, made once by the leader and never re-encoded: the JSON text
 *
 *     [1, object, method, params, time, seed, extras]
 *
 * format; names; the call's arguments; log time in milliseconds since 1970; seed of the command's random numbers; and,
 * left out where it would be empty, `{"session", "seq", "firstOutstanding", "version", "versions"}`, each only where it
 * applies.
 */
import { isList, jsonIn, membersOf, quoted, shortJson, type Json } from '../../json.js'
import { InvalidParamsError, InvalidRequestError, TooLargeError } from '../../rpc/errors.js'
import type { CallMeta } from '../../rpc/exposed.js'
import { fingerprint } from '../sessions/kept-results.js'
import type { SessionRequest } from '../sessions/sessions.js'
import { shown } from '../guards/json-readers.js'
import { UnsuitableBuildError } from '../guards/unsuitable-build.js'

export interface Command {
  readonly object: string
  readonly method: string
  readonly params: readonly Json[]
  readonly time: number
  readonly seed: number
  readonly extras?: CommandExtras
}

export interface CommandExtras {
  /** With `seq`: the command runs once however often it is in the log. */
  readonly session?: string | undefined
  readonly seq?: number | undefined
  readonly firstOutstanding?: number | undefined
  /** The version of the object's class that the command was written for. Default 1. */
  readonly version?: number | undefined
  /** Of an atomic entry, the same of each of its commands. Default 1 of each. */
  readonly versions?: readonly number[] | undefined
}

const VERSION = 1

/** The most UTF-8 bytes that a command's text may have. */
export const COMMAND_BYTES_MAX = 1024 * 1024

/**
 * The deepest nesting of a command's parameters. Each replica walks through them in its own way and with a stack of its
 * own size; what one of them could not follow to the bottom, another could, and their states would part.
 */
export const NESTING_MAX = 200

/**
 * @throws InvalidParamsError when the parameters are nested too deeply.
 * @throws TooLargeError when the text surely is longer than {@link COMMAND_BYTES_MAX}.
 */
export function encodeCommand(command: Command): string {
  const { object, method, params, time, seed, extras } = command
  const name = `${object}.${method}`
  const written = shortJson(params) ?? longParams(params, name)
  if (written.length > COMMAND_BYTES_MAX) throw tooLarge(name)
  const text = `[${VERSION},${quoted(object)},${quoted(method)},${written},${time},${seed}`
  return extras === undefined ? `${text}]` : `${text},${shortJson(extras) ?? JSON.stringify(extras)}]`
}

/** They are not written out when that surely is too much. */
function longParams(params: readonly Json[], name: string): string {
  const left = roomLeft(params, NESTING_MAX, COMMAND_BYTES_MAX)
  if (left === undefined)
    throw new InvalidParamsError(`${name}: parameters are nested at most ${NESTING_MAX} levels deep`)
  if (left < 0) throw tooLarge(name)
  return JSON.stringify(params)
}

/** Of a command of that name. */
export function tooLarge(name: string): TooLargeError {
  return new TooLargeError(`${name}: a command has at most ${COMMAND_BYTES_MAX} bytes`)
}

/**
 * What a value leaves of `room`, were each of its characters a byte and each other value one: its text is longer at
 * times, and never shorter. Looks no further once nothing is left. Undefined: it goes deeper than `levels`.
 */
function roomLeft(value: Json | readonly Json[], levels: number, room: number): number | undefined {
  if (typeof value === 'string') return room - value.length - 2
  if (typeof value !== 'object' || value === null) return room - 1
  if (levels === 0) return undefined
  let left: number | undefined = room
  for (const inner of isList(value) ? value : Object.entries(value).flat()) {
    if (left === undefined || left < 0) return left
    left = roomLeft(inner, levels - 1, left)
  }
  return left
}

/** Reads what {@link encodeCommand} made; nothing of the result is shared. Throws for any other text. */
export function decodeCommand(text: string): Command {
  const at = jsonIn(text)
  if (!isList(at)) throw new Error('an entry of the log holds no command')
  const version = at[0]
  if (version !== VERSION) {
    throw new UnsuitableBuildError(
      `an entry of the log has format ${shown(version)}; this program knows ${VERSION}: upgrade it`,
    )
  }
  const object = at[1]
  const method = at[2]
  const params = at[3]
  const time = at[4]
  const seed = at[5]
  const extras = at[6]
  if (typeof object !== 'string' || typeof method !== 'string' || !isList(params)) {
    throw new Error('an entry of the log holds a command without object, method or parameters')
  }
  if (typeof time !== 'number' || typeof seed !== 'number') {
    throw new Error('an entry of the log holds a command without time or seed')
  }
  if (extras === undefined) return { object, method, params, time, seed }
  return { object, method, params, time, seed, extras: readExtras(extras) }
}

function readExtras(extras: Json): CommandExtras {
  const { session, seq, firstOutstanding, version, versions } = membersOf(extras)
  if (
    (session !== undefined && typeof session !== 'string') ||
    (seq !== undefined && typeof seq !== 'number')
  )
    throw new Error('an entry of the log holds a command whose session or number is none')
  if (firstOutstanding !== undefined && typeof firstOutstanding !== 'number')
    throw new Error('an entry of the log holds a command whose first outstanding number is none')
  if (version !== undefined && typeof version !== 'number')
    throw new Error('an entry of the log holds a command whose version is none')
  if (versions === undefined) return { session, seq, firstOutstanding, version }
  if (!isList(versions) || !versions.every((each) => typeof each === 'number'))
    throw new Error('an entry of the log holds a command whose versions are none')
  return { session, seq, firstOutstanding, version, versions }
}

/**
 * What of a call's meta goes into the log with its command. Both or neither of session and number: a command that runs
 * as if it had not been said would break a promise. @throws InvalidRequestError
 */
export function sessionExtras({ session, seq, firstOutstanding }: CallMeta): CommandExtras | undefined {
  if (session === undefined && seq === undefined) return undefined
  if (session === undefined || seq === undefined)
    throw new InvalidRequestError('meta.session and meta.seq belong together: the command was not run')
  return firstOutstanding === undefined ? { session, seq } : { session, seq, firstOutstanding }
}

/** What the table of sessions must know of the command in `text`; undefined for one that came without a session. */
export function sessionRequest(command: Command, text: string): SessionRequest | undefined {
  if (command.extras === undefined) return undefined
  const { session, seq, firstOutstanding } = command.extras
  if (session === undefined || seq === undefined) return undefined
  return { session, seq, firstOutstanding, fingerprint: fingerprintIn(command, text) }
}

/** Of object, method and params as they stand in the text, brackets around them: all that its attempts have in common. */
function fingerprintIn({ object, method, params, time, seed }: Command, text: string): number {
  const beforeTime = startOf(time, text, startOf(seed, text, text.lastIndexOf(',{')))
  // What stands nearly everywhere is found without a text made to be looked for.
  const end = beforeTime < 0 ? text.lastIndexOf(`,${time},${seed},{`) : beforeTime
  // Written with other white space or other forms of numbers, by whatever else made it.
  if (end < 0 || !text.startsWith('[1,"')) return fingerprint(JSON.stringify([object, method, params]))
  return fingerprint(text, '[1,'.length, end, 1)
}

/** Where the comma before that whole number stands, which ends before `end`; below 0: it is not there. */
function startOf(number: number, text: string, end: number): number {
  let at = end - 1
  for (let unit = text.charCodeAt(at); unit >= DIGIT_ZERO && unit <= DIGIT_NINE; unit = text.charCodeAt(at))
    at -= 1
  if (text.charCodeAt(at) !== COMMA || (text.charCodeAt(at + 1) === DIGIT_ZERO && number !== 0)) return -1
  let read = 0
  for (let digit = at + 1; digit < end; digit += 1) read = read * 10 + text.charCodeAt(digit) - DIGIT_ZERO
  return read === number && Number.isSafeInteger(read) ? at : -1
}

const COMMA = ','.charCodeAt(0)
const DIGIT_ZERO = '0'.charCodeAt(0)
const DIGIT_NINE = '9'.charCodeAt(0)

/** Whether lists and objects stand in each other more than `levels` deep. */
export function isDeeper(value: Json | readonly Json[], levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (isList(value)) return Object.values(value).some((inner: Json) => isDeeper(inner, levels - 1))
  for (const name in value) {
    const inner = Object.hasOwn(value, name) ? value[name] : undefined
    if (inner !== undefined && isDeeper(inner, levels - 1)) return true
  }
  return false
}

/** Whether the text's UTF-8 form is longer than {@link COMMAND_BYTES_MAX}. That of a third of its units never is. */
export function isTooLarge(text: string): boolean {
  if (text.length > COMMAND_BYTES_MAX) return true
  return new TextEncoder().encode(text).length > COMMAND_BYTES_MAX
}
