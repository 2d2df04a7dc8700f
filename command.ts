/** The command `rollcall`: gathers the commands of each folder. */
import { readFileSync } from 'node:fs'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { balancerCommand } from './balancer/command.js'
import { commands as clientCommands } from './client/commands/index.js'
import { errorLine, exitCodeFor, tooMany, UsageError } from './lib/command-line/report.js'
import {
  demandOnce,
  demandSwitches,
  demandTypedOnce,
  withArgumentsBeforeRest,
} from './lib/command-line/flag.js'
import { FLAGS, FLAG_NAMES, isFlagName } from './lib/command-line/flags.js'
import { suggestion } from './lib/suggest.js'
import { judgeVariables } from './lib/command-line/variables.js'
import { wrapped } from './lib/command-line/wrap.js'
import { demandUtf8 } from './lib/system/argument-bytes.js'
import { learnYaml } from './lib/system/config-file.js'
import { commandBegins } from './lib/system/program.js'
import { PARSER } from './lib/system/settings.js'
import { nameserverCommand } from './nameserver/command.js'
import { nodeCommand } from './node/command.js'
import { offlineCommands } from './node/offline/index.js'

commandBegins(process.argv[1] ?? '')

// Whoever read our results has left, such as `head`: there is nobody to work for. Or they can't be written, to a full
// disk.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`${errorLine(error)}\n`)
  process.exit(exitCodeFor(error))
})
// A member goes on without anybody who reads its log: a pipe that has ended, a full disk, a terminal that was closed.
process.stderr.on('error', () => undefined)

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const commands = [...clientCommands, balancerCommand, nodeCommand, nameserverCommand, ...offlineCommands]
const commandNames = ['help', ...commands.map(({ name }) => name)]

const cli = commands
  .reduce((declared, { declare }) => declare(declared), yargs())
  .scriptName('rollcall')
  .usage('$0 COMMAND: remote objects with a name server, and replicated objects on Raft')
  .parserConfiguration(PARSER)
  .version(version)
  .alias({ h: 'help', v: 'version' })
  .middleware(checkVariables)
  .middleware((values) => demandOnce(values, hideBin(process.argv)))
  .middleware((values) => demandSwitches(values, hideBin(process.argv)))
  .middleware(({ config }) => demandFile(config))
  .strict()
  // Its own lines would break words: they are broken where they are printed.
  .wrap(null)
  .exitProcess(false)
  .fail((message: string | null, error: Error | undefined) => {
    // Of a faulty configuration file yargs keeps the words alone.
    if (error?.name === 'YError') throw new UsageError(error.message)
    throw error ?? new UsageError(`${inOurWords(message ?? 'wrong usage')} (${helpCommand()} explains)`)
  })

function inOurWords(message: string): string {
  const [, unknown] = /^Unknown arguments?: (.*)$/.exec(message) ?? []
  if (unknown !== undefined) return ofUnknown(unknown.split(', '))
  return message.replace(
    /^Not enough non-option arguments: got \d+, need at least \d+$/,
    'an argument is missing',
  )
}

/** Of `--data-dir` yargs names `dataDir` beside it. */
function ofUnknown(names: readonly string[]): string {
  const [command = '', ...typed] = hideBin(process.argv)
  const flags = [command, ...typed].filter((each) => /^--?[^-]/.test(each))
  const flag = names.find((name) => flags.some((each) => each.includes(name)))
  if (flag !== undefined) return ofUnknownFlag(flag, command)
  return tooMany(names).message
}

function ofUnknownFlag(name: string, command: string): string {
  if (isFlagName(name) || OTHER_FLAGS.includes(name)) return `${command} takes no flag --${name}`
  const isShort =
    name.length === 1 && !hideBin(process.argv).some((each) => each.split('=')[0] === `--${name}`)
  const flag = isShort ? `-${name}` : `--${name}`
  const flags = [...FLAG_NAMES, ...OTHER_FLAGS].map((each) => `--${each}`)
  return `unknown flag: ${flag}${suggestion(flag, flags)}`
}

/** Of all commands, or of single ones. */
const OTHER_SWITCHES: readonly string[] = ['help', 'json', 'renew', 'version', 'watch', 'yes']
const OTHER_FLAGS: readonly string[] = ['config', ...OTHER_SWITCHES]

function isSwitch(name: string): boolean {
  return isFlagName(name) ? FLAGS[name].type === 'boolean' : OTHER_SWITCHES.includes(name)
}

/** Of the command that was typed. */
function helpCommand(): string {
  const [command = ''] = hideBin(process.argv)
  return commandNames.includes(command) ? `rollcall ${command} --help` : 'rollcall --help'
}

/** Yargs passes over a file without a name, as of `--config "$UNSET"`. @throws UsageError */
function demandFile(config: unknown): void {
  if (config === '') throw new UsageError('--config must name a file, not ""')
}

function checkVariables(): void {
  const warning = judgeVariables(process.env)
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`)
}

/** `rollcall` alone and `rollcall help COMMAND` ask for help. @throws UsageError for a command that there is not */
function argumentsOf([command, ...rest]: readonly string[]): readonly string[] {
  if (command === 'help' && rest.length > 0) return [...argumentsOf(rest), '--help']
  if (command === undefined || command === 'help' || command === '--') return ['--help']
  if (command.startsWith('-') || commandNames.includes(command))
    return withArgumentsBeforeRest([command, ...rest], isSwitch)
  throw new UsageError(
    `unknown command: ${command}${suggestion(command, commandNames)} (rollcall --help lists them)`,
  )
}

/** What yargs itself has to say: the help, or the version. */
function print(text: string): void {
  const columns = Math.min(110, process.stdout.columns || 100)
  if (text !== '') process.stdout.write(`${wrapped(text, columns)}\n`)
}

try {
  demandUtf8(hideBin(process.argv))
  demandTypedOnce('--config', hideBin(process.argv))
  await learnYaml(hideBin(process.argv))
  await cli.parseAsync(argumentsOf(hideBin(process.argv)), {}, (_error, _values, output) => print(output))
} catch (error) {
  process.stderr.write(`${errorLine(error)}\n`)
  process.exitCode = exitCodeFor(error)
}
