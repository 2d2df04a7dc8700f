/** One subcommand of `rollcall`. */
import type { ArgumentsCamelCase, Argv } from 'yargs'
import { tooMany, UsageError } from '../command-line/report.js'
import { textsIn } from '../json.js'

export interface CommandDefinition<Values> {
  /** Yargs' form: `lookup <name>`. */
  readonly command: string
  readonly describe: string
  readonly builder: (yargs: Argv) => Argv<Values>
  /** The handler reads the words behind `--`, too. Default: there may be none. */
  readonly takesRest?: true
  readonly handler: (values: ArgumentsCamelCase<Values>) => Promise<void>
}

export interface Command {
  readonly name: string
  readonly declare: (yargs: Argv) => Argv
}

/** A command whose handler gets what its builder declares. */
export function defineCommand<Values>(definition: CommandDefinition<Values>): Command {
  const { command, describe, builder, handler, takesRest } = definition
  const [name = command] = command.split(' ')
  const strict: typeof handler = async (values) => {
    const rest = takesRest === true ? [] : restOf(values)
    if (rest.length > 0) throw tooMany(rest)
    demandWords(command, values)
    await handler(values)
  }
  return { name, declare: (yargs) => yargs.command<Values>(command, describe, builder, strict) }
}

/** An empty argument is what is left of a variable that is not set. Those of a list may be empty. @throws UsageError */
function demandWords(command: string, values: Readonly<Record<string, unknown>>): void {
  for (const [, name = ''] of command.matchAll(/[<[]([a-z]+)[>\]]/g))
    if (values[name] === '') throw new UsageError(`the argument ${name.toUpperCase()} must not be empty`)
}

/** The words behind `--`. */
export function restOf(values: Readonly<Record<string, unknown>>): readonly string[] {
  return textsIn(values['--'])
}

/** One whose process serves from then on. Its pauses are short before what it runs is loaded, which is most of all. */
export function defineService<Values>(definition: CommandDefinition<Values>): Command {
  const handler: CommandDefinition<Values>['handler'] = async (values) => {
    const { keepPausesShort } = await import('./heap.js')
    keepPausesShort()
    await definition.handler(values)
  }
  return defineCommand({ ...definition, handler })
}
