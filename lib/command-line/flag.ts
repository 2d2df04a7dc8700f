/** What a flag is, and how it is given: as yargs takes options in, for the command line, variables and a file alike. */
import { isList } from '../json.js'
import type { NumberSetting } from '../member-settings.js'
import { UsageError } from './report.js'
import { choice, wholeNumber } from './values.js'

/** One flag, in the shape that yargs takes options in. A flag without a default is undefined when nobody set it. */
export interface Flag<T> {
  readonly describe: string
  readonly type: 'string' | 'boolean'
  readonly requiresArg?: true
  readonly default?: string
  readonly defaultDescription?: string | undefined
  readonly choices?: readonly string[]
  readonly coerce: (given: string | undefined) => T
}

export interface DefaultedFlag<T> extends Flag<T> {
  readonly default: string
}

/** Given without a value; in a variable or a file with `true` or `false`. */
export function switched(flag: string, describe: string): Flag<boolean> {
  const coerce = (given: string | boolean | undefined): boolean => {
    const text = typeof given === 'boolean' ? String(given) : once(flag)(given)
    return text !== undefined && isOn(flag, text)
  }
  return { describe, type: 'boolean', coerce }
}

/** Yargs itself takes any text but `true` for false. @throws UsageError for a word that is neither */
export function isOn(flag: string, text: string): boolean {
  return choice(flag, ['true', 'false'], text) === 'true'
}

/** Of `--mdns=yes`. `typed`: the words of the line. @throws UsageError */
export function demandSwitches(values: Readonly<Record<string, unknown>>, typed: readonly string[]): void {
  for (const word of beforeRest(typed)) {
    const [, name = '', text] = /^--([^=]+)=(.*)$/s.exec(word) ?? []
    if (text !== undefined && typeof values[name] === 'boolean') isOn(`--${name}`, text)
  }
}

export function numberSetting(flag: string, describe: string, setting: NumberSetting): DefaultedFlag<number> {
  const { least, most } = setting
  return defaulted(flag, describe, String(setting.default), (text) => wholeNumber(flag, text, least, most))
}

export function defaulted<T>(
  flag: string,
  describe: string,
  value: string,
  read: (text: string) => T,
): DefaultedFlag<T> {
  return {
    describe,
    type: 'string',
    requiresArg: true,
    default: value,
    coerce: (text) => read(once(flag)(text) ?? value),
  }
}

export function optional<T>(
  flag: string,
  describe: string,
  read: (text: string) => T,
  defaultDescription?: string,
): Flag<T | undefined> {
  const coerce = (text: string | undefined): T | undefined => {
    const given = once(flag)(text)
    return given === undefined ? undefined : read(given)
  }
  return { describe, type: 'string', requiresArg: true, coerce, defaultDescription }
}

/** No flag of any command takes several values. `typed`: the words of the line. @throws UsageError */
export function demandOnce(values: Readonly<Record<string, unknown>>, typed: readonly string[]): void {
  const words = beforeRest(typed)
  for (const [name, value] of Object.entries(values)) {
    const flag = `--${name}`
    const given = words.filter((word) => word === flag || word.startsWith(`${flag}=`))
    // What a flag was given may be a list itself.
    if (given.length > 1 && isList(value)) once(flag)(value.map(String))
  }
}

/**
 * The same line for a parser that looks for arguments before `--` alone: those behind it that do not begin with a dash
 * are put there, up to the first that does. Not where that would make them the value of the flag before them:
 * `isSwitch` tells of a flag's name that it takes none.
 */
export function withArgumentsBeforeRest(
  typed: readonly string[],
  isSwitch: (name: string) => boolean,
): readonly string[] {
  const flags = beforeRest(typed)
  const [, last] = /^--?([^=]*)$/.exec(flags.at(-1) ?? '') ?? []
  if (flags.length === typed.length || (last !== undefined && !isSwitch(last))) return typed
  const rest = typed.slice(flags.length + 1)
  const dashed = rest.findIndex((word) => word.startsWith('-'))
  const end = dashed < 0 ? rest.length : dashed
  return [...flags, ...rest.slice(0, end), '--', ...rest.slice(end)]
}

/** Of a flag whose value yargs uses before it asks anybody. @throws UsageError */
export function demandTypedOnce(flag: string, typed: readonly string[]): void {
  const words = beforeRest(typed)
  const given = words.flatMap((word, at) => {
    if (word === flag) return [words[at + 1] ?? '']
    return word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : []
  })
  if (given.length > 1) once(flag)(given)
}

/** What stands behind `--` are no flags. */
function beforeRest(typed: readonly string[]): readonly string[] {
  const end = typed.indexOf('--')
  return end < 0 ? typed : typed.slice(0, end)
}

/** Of a flag that is given at most once. Yargs gathers what is given twice in a list. @throws UsageError for one */
export function once(flag: string): (text: string | readonly string[] | undefined) => string | undefined {
  return (text) => {
    if (text === undefined || typeof text === 'string') return text
    throw new UsageError(`${flag} is given more than once, with ${text.join(' and with ')}: give it once`)
  }
}
