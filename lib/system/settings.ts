/**
 * Where the values of the shared flags come from: the command line, else `ROLLCALL_…` variables, else the `--config`
 * file.
 */
import { isObject } from '../json.js'
import { readFileSync } from 'node:fs'
import type { Argv } from 'yargs'
import { FLAG_NAMES, isFlagName, pickFlags, type FlagName, type FlagValues } from '../command-line/flags.js'
import { jsonOrText } from '../command-line/arguments.js'
import { UsageError } from '../command-line/report.js'
import { suggestion } from '../suggest.js'
import { CONFIG_VARIABLE, flagsOfEnvironment } from '../command-line/variables.js'

/** Set as yargs' parser configuration before anything else: values stay the text that was typed. */
export const PARSER = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'dot-notation': false,
  'boolean-negation': false,
  'populate--': true,
} as const

/** Declares `names` on a command. Call it in the command's builder. */
export function withFlags<T, Name extends FlagName>(
  yargs: Argv<T>,
  names: readonly Name[],
): Argv<Omit<T, Name> & FlagValues<Name>> {
  const environment = flagsOfEnvironment(names, process.env)
  const file = process.env[CONFIG_VARIABLE] ?? ''
  return yargs
    .options(pickFlags(names))
    .config('config', 'a JSON file of flags: {"heartbeat": 50}', (path) => ({
      ...readFile(path, names),
      ...environment,
    }))
    .config({ ...(file === '' ? {} : readFile(file, names)), ...environment })
}

/** A file may serve commands that take different flags: those that this one has no use for are passed over. */
function readFile(path: string, names: readonly FlagName[]): Record<string, string> {
  const wanted = new Set<string>(names)
  const found: Record<string, string> = {}
  for (const [key, value] of Object.entries(parseFile(path))) {
    if (!isFlagName(key))
      throw new UsageError(`--config: ${path} sets "${key}", which is no flag${suggestion(key, FLAG_NAMES)}`)
    if (wanted.has(key))
      found[key] = [value]
        .flat()
        .map((each) => written(path, key, each))
        .join(',')
  }
  return found
}

function written(path: string, key: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw new UsageError(`--config: ${path} must give "${key}" a text, a number, or a list of them`)
}

function parseFile(path: string): object {
  const { text, content } = readJson(path)
  if (!isObject(content)) throw new UsageError(`--config: ${path} must hold one JSON object of flags`)
  if (jsonOrText(text) !== text) return content
  throw new UsageError(
    `--config: ${path} has a flag twice, or a number that prints back as another, such as 1.10: write that as a string`,
  )
}

function readJson(path: string): { readonly text: string; readonly content: unknown } {
  try {
    // Some editors begin with a byte order mark.
    const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
    return { text, content: JSON.parse(text) }
  } catch (error) {
    throw new UsageError(
      `--config: ${path} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
