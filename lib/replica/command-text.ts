/**
 * A command as it stands in the log, made once by the leader and never re-encoded: the JSON text
 *
 *     [1, object, method, params, time, seed]
 *
 * version; names; the call's arguments; log time in milliseconds since 1970; seed of the command's random numbers.
 */
import type { Json } from '../json.js'
import { InvalidParamsError } from '../rpc/errors.js'

export interface Command {
  readonly object: string
  readonly method: string
  readonly params: readonly Json[]
  readonly time: number
  readonly seed: number
}

const VERSION = 1

/** The most UTF-8 bytes that a command's text may have. */
export const COMMAND_BYTES_MAX = 1024 * 1024

/**
 * The deepest nesting of a command's parameters. Each replica walks through them in its own way and with a stack of its
 * own size; what one of them could not follow to the bottom, another could, and their states would part.
 */
export const NESTING_MAX = 200

/** @throws InvalidParamsError when the parameters are nested too deeply. */
export function encodeCommand(command: Command): string {
  if (isDeeper(command.params, NESTING_MAX)) {
    const name = `${command.object}.${command.method}`
    throw new InvalidParamsError(`${name}: parameters are nested at most ${NESTING_MAX} levels deep`)
  }
  return JSON.stringify([VERSION, command.object, command.method, command.params, command.time, command.seed])
}

/** Reads what {@link encodeCommand} made; nothing of the result is shared. Throws for any other text. */
export function decodeCommand(text: string): Command {
  const parsed: unknown = JSON.parse(text)
  if (!Array.isArray(parsed)) throw new Error('an entry of the log holds no command')
  const [version, object, method, params, time, seed] = parsed as unknown[]
  if (version !== VERSION) {
    throw new Error(
      `an entry of the log has format ${String(version)}; this program knows ${VERSION}: upgrade it`,
    )
  }
  if (typeof object !== 'string' || typeof method !== 'string' || !isParams(params)) {
    throw new Error('an entry of the log holds a command without object, method or parameters')
  }
  if (typeof time !== 'number' || typeof seed !== 'number') {
    throw new Error('an entry of the log holds a command without time or seed')
  }
  return { object, method, params, time, seed }
}

/** Whether lists and objects stand in each other more than `levels` deep. */
export function isDeeper(value: Json | readonly Json[], levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner: Json) => isDeeper(inner, levels - 1))
}

/** Parsed from JSON text, an array can hold nothing but JSON. */
function isParams(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

/** Whether the text's UTF-8 form is longer than {@link COMMAND_BYTES_MAX}; counts only when its length leaves doubt. */
export function isTooLarge(text: string): boolean {
  if (text.length > COMMAND_BYTES_MAX) return true
  if (text.length * 3 <= COMMAND_BYTES_MAX) return false
  return new TextEncoder().encode(text).length > COMMAND_BYTES_MAX
}
