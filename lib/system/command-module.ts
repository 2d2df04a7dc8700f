/** One subcommand of `rollcall`, in yargs' form. */
import type { Argv, CommandModule } from 'yargs'

export interface CommandDefinition<Values> {
  /** Yargs' form: `lookup <name>`. */
  readonly command: string
  readonly describe: string
  readonly builder: (yargs: Argv) => Argv<Values>
  readonly handler: (values: Values & { readonly '--'?: readonly string[] }) => Promise<void>
}

/** A module whose handler gets what its builder declares; yargs' own type for a list of modules can't say so. */
export function defineCommand<Values>(definition: CommandDefinition<Values>): CommandModule {
  return definition as unknown as CommandModule
}
