/** All REPL commands in one table, and what is generated from it: help, the search by name, completion. */
import { UsageError } from '../../lib/command-line/report.js'
import { suggestion } from '../../lib/suggest.js'
import { wrapped } from '../../lib/command-line/wrap.js'
import { printable } from '../../lib/printable.js'
import { nothing, text, type ReplCommand, type ReplContext, type Result } from './command.js'
import { clusterCommands, processCommands } from './cluster-commands.js'
import { objectCommands } from './object-commands.js'

const help: ReplCommand = {
  name: 'help',
  usage: '[COMMAND]',
  explanation: 'this list',
  run: async (rest, context) =>
    text(wrapped(rest === '' ? helpText(context) : helpOf(findCommand(rest, context)), context.columns)),
  complete: async (index, context) => (index === 0 ? commandNames(context) : []),
}

const exit: ReplCommand = {
  name: 'exit',
  usage: '',
  explanation: 'leave; what was started here is stopped (Ctrl-D does the same)',
  run: async () => nothing,
}

const COMMANDS: readonly ReplCommand[] = [
  ...objectCommands,
  ...clusterCommands,
  ...processCommands,
  help,
  exit,
]

/** What decides which commands are offered. */
type Place = Pick<ReplContext, 'supervisor'>

function offered({ supervisor }: Place): readonly ReplCommand[] {
  return COMMANDS.filter((command) => command.needs !== 'supervisor' || supervisor !== undefined)
}

const commandNames = (context: Place): readonly string[] => offered(context).map(({ name }) => name)

/** @throws UsageError with the name that was probably meant */
export function findCommand(name: string, context: ReplContext): ReplCommand {
  const found = COMMANDS.find((command) => command.name === name)
  if (found !== undefined) return found
  const hint = /\w\.\w/.test(name)
    ? `; did you mean call ${name}?`
    : suggestion(name.toLowerCase(), commandNames(context))
  throw new UsageError(`unknown command: ${name}${hint === '' ? '; help lists the commands' : hint}`)
}

/** Runs one line that is not empty. @throws UsageError, or the command's own error */
export async function runLine(line: string, context: ReplContext): Promise<Result> {
  const { name, rest } = splitLine(line)
  return findCommand(name, context).run(rest, context)
}

/** A line that holds nothing, or a comment. */
export const isBlank = (line: string): boolean => /^\s*(?:#|$)/.test(line)

export const isExit = (line: string): boolean => /^(?:exit|quit)$/.test(line.trim())

export function helpText(context: Place): string {
  return offered(context).map(helpOf).join('\n')
}

function helpOf({ name, usage, explanation, parts = () => [] }: ReplCommand): string {
  const below = parts().map(([part, about]) => helpLine(`  ${part}`, about))
  return [helpLine(`${name} ${usage}`, explanation), ...below].join('\n')
}

function helpLine(head: string, explanation: string): string {
  return `${head.padEnd(26)} ${explanation}`
}

/** What a word may become, and the word, in the form that node:readline takes. */
export type Completion = [string[], string]

/**
 * For Tab: what the last word of `line` may become. At once where nobody has to be asked, so that the keys that follow
 * a Tab find its work done.
 */
export function complete(line: string, context: ReplContext): Completion | Promise<Completion> {
  const start = line.trimStart()
  const word = /\S*$/.exec(start)?.[0] ?? ''
  const before = start.slice(0, start.length - word.length).trim()
  if (before === '') return completion(word, commandNames(context))
  return argumentsOf(before, context).then((candidates) => completion(word, candidates))
}

/** What could not be shown as it is, such as a key with a line break in it, is not offered. */
function completion(word: string, candidates: readonly string[]): Completion {
  const shown = candidates.filter((one) => one.startsWith(word) && printable(one) === one)
  return [shown.map((one) => `${one} `), word]
}

async function argumentsOf(before: string, context: ReplContext): Promise<readonly string[]> {
  const [name, ...typed] = before.split(/\s+/)
  const command = offered(context).find((one) => one.name === name)
  return (await command?.complete?.(typed.length, context)) ?? []
}

function splitLine(line: string): { readonly name: string; readonly rest: string } {
  const [, name = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line) ?? []
  return { name, rest: rest.trimEnd() }
}
