/** The file of `--config`: flags by their names, in YAML where its name ends with `.yaml` or `.yml`, else in JSON. */
import { readFileSync } from 'node:fs'
import { jsonOrText } from '../command-line/arguments.js'
import { FLAG_NAMES, isFlagName, type FlagName } from '../command-line/flags.js'
import { UsageError } from '../command-line/report.js'
import { CONFIG_VARIABLE } from '../command-line/variables.js'
import { isObject } from '../json.js'
import { suggestion } from '../suggest.js'

let parseYaml: ((text: string) => unknown) | undefined

/**
 * To be awaited before a file is read. The library of YAML takes a third of what the start of a command does, and is
 * there only when a word of the command line, or the variable, ends as the name of such a file.
 */
export async function learnYaml(words: readonly string[]): Promise<void> {
  if (![...words, process.env[CONFIG_VARIABLE] ?? ''].some(isYaml)) return
  const { parse } = await import('yaml')
  // All scalars are text, as they are on the command line: 1.10 stays what it is.
  parseYaml = (text) => parse(text, { schema: 'failsafe' })
}

/**
 * A file may serve commands that take different flags: those that this one has no use for are passed over.
 * @throws UsageError for a file that can't be read or sets what is no flag
 */
export function flagsOfFile(path: string, names: readonly FlagName[]): Record<string, string> {
  const wanted = new Set<string>(names)
  const found: Record<string, string> = {}
  for (const [key, value] of Object.entries(contentOf(path))) {
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

const isYaml = (path: string): boolean => /\.ya?ml$/i.test(path)

function written(path: string, key: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw new UsageError(`--config: ${path} must give "${key}" a text, a number, or a list of them`)
}

function contentOf(path: string): object {
  const { text, content } = parsed(path)
  if (!isObject(content))
    throw new UsageError(`--config: ${path} must hold one ${isYaml(path) ? 'map' : 'JSON object'} of flags`)
  if (isYaml(path) || jsonOrText(text) !== text) return content
  throw new UsageError(
    `--config: ${path} has a flag twice, or a number that prints back as another, such as 1.10: write that as a string`,
  )
}

function parsed(path: string): { readonly text: string; readonly content: unknown } {
  try {
    // Some editors begin with a byte order mark.
    const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
    const parse = isYaml(path) && parseYaml !== undefined ? parseYaml : JSON.parse
    return { text, content: parse(text) }
  } catch (error) {
    // After its first line the library shows the place, with a mark below it.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split(/:?\n/)
    throw new UsageError(`--config: ${path} can't be read: ${why}`)
  }
}
