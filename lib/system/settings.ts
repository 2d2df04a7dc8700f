/**
 * Where the values of the shared flags come from: the command line, else `ROLLCALL_…` variables, else the `--config`
 * file.
 */
import type { Argv } from 'yargs'
import { isOn } from '../command-line/flag.js'
import { FLAGS, isFlagName, pickFlags, type FlagName, type FlagValues } from '../command-line/flags.js'
import { CONFIG_VARIABLE, flagsOfEnvironment } from '../command-line/variables.js'
import { flagsOfFile } from './config-file.js'

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
  const environment = demandOn(flagsOfEnvironment(names, process.env))
  const file = process.env[CONFIG_VARIABLE] ?? ''
  return yargs
    .options(pickFlags(names))
    .config('config', 'a file of flags, in YAML (heartbeat: 50) or JSON', (path) => ({
      ...demandOn(flagsOfFile(path, names)),
      ...environment,
    }))
    .config({ ...(file === '' ? {} : demandOn(flagsOfFile(file, names))), ...environment })
}

/** The flags, as they are. @throws UsageError for a switch that is neither on nor off */
function demandOn(found: Record<string, string>): Record<string, string> {
  for (const [name, text] of Object.entries(found))
    if (isFlagName(name) && FLAGS[name].type === 'boolean') isOn(`--${name}`, text)
  return found
}
