/** `rollcall config`: what each flag is set to here, and by what. */
import { FLAG_NAMES, FLAGS, type FlagName, type FlagValues } from '../../lib/command-line/flags.js'
import { written } from '../../lib/command-line/member-flags.js'
import { CONFIG_VARIABLE, flagsOfEnvironment, variableOf } from '../../lib/command-line/variables.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { flagsOfFile } from '../../lib/system/config-file.js'
import { printJson, printText } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { columnsOf } from '../screen.js'
import { fit } from '../view/fit.js'

interface Setting {
  /** As it would be typed; null: it has none. */
  readonly value: string | null
  /** `command line`, the variable, the file, or `default`. */
  readonly from: string
}

export const configCommand = defineCommand({
  command: 'config',
  describe: 'what each flag is set to here: by the command line, a variable, a file or its default',
  builder: (yargs) =>
    withFlags(yargs, FLAG_NAMES)
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 config', 'as the ROLLCALL_… variables say, and the file that ROLLCALL_CONFIG names')
      .example('$0 config --config rollcall.yaml', 'with the flags of a file, as a node would take them'),
  handler: (values) => {
    const { config } = values
    const sources = new Sources(process.argv.slice(2), typeof config === 'string' ? config : undefined)
    const settings = FLAG_NAMES.map((name) => [name, settingOf(name, values, sources)] as const)
    if (values.json) printJson(Object.fromEntries(settings))
    else printText(rows(settings, columnsOf(process.stdout)))
    return Promise.resolve()
  },
})

function settingOf(name: FlagName, values: FlagValues<FlagName>, sources: Sources): Setting {
  const [flag, value = flag === undefined ? null : 'true'] = written([name], values)
  return { value, from: sources.of(name) }
}

/** In the order in which they count: what is typed, the environment, the file that is typed or the variable's. */
class Sources {
  readonly #typed: readonly string[]
  readonly #files: readonly string[]

  constructor(words: readonly string[], typedFile: string | undefined) {
    this.#typed = words.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*$/s, ''))
    this.#files = [typedFile ?? '', process.env[CONFIG_VARIABLE] ?? ''].filter((path) => path !== '')
  }

  of(name: FlagName): string {
    if (this.#typed.includes(`--${name}`)) return 'command line'
    if (flagsOfEnvironment([name], process.env)[name] !== undefined) return variableOf(name)
    return this.#files.find((path) => flagsOfFile(path, [name])[name] !== undefined) ?? 'default'
  }
}

function rows(settings: readonly (readonly [FlagName, Setting])[], columns: number): string {
  const nameWidth = Math.max(...settings.map(([name]) => name.length))
  const fromWidth = Math.max(...settings.map(([, { from }]) => from.length))
  return settings
    .map(([name, { value, from }]) =>
      [name.padEnd(nameWidth), from.padEnd(fromWidth), value ?? unset(name)].join('  '),
    )
    .map((line) => fit(line, columns))
    .join('\n')
}

function unset(name: FlagName): string {
  const flag: { readonly defaultDescription?: string | undefined } = FLAGS[name]
  return flag.defaultDescription === undefined ? '-' : `(${flag.defaultDescription})`
}
