#!/usr/bin/env node
/** The command `rollcall`: gathers the commands of each folder. */
import { readFileSync } from 'node:fs'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { balancerCommand } from './balancer/command.js'
import { commands as clientCommands } from './client/commands/index.js'
import { errorLine, exitCodeFor, UsageError } from './lib/command-line/report.js'
import { PARSER } from './lib/system/settings.js'
import { nameserverCommand } from './nameserver/command.js'
import { nodeCommand } from './node/command.js'
import { offlineCommands } from './node/offline/index.js'

// Whoever read our results has left, such as `head`: there is nobody to work for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
// A member goes on without anybody who reads its log.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const cli = yargs(hideBin(process.argv))
  .scriptName('rollcall')
  .usage('$0 COMMAND: remote objects with a name server, and replicated objects on Raft')
  .parserConfiguration(PARSER)
  .version(version)
  .command([...clientCommands, balancerCommand, nodeCommand, nameserverCommand, ...offlineCommands])
  .demandCommand(1, 'say which command; rollcall --help lists them')
  .strict()
  .wrap(Math.min(110, process.stdout.columns || 100))
  .exitProcess(false)
  .fail((message: string | null, error: Error | undefined) => {
    throw error ?? new UsageError(`${message ?? 'wrong usage'} (rollcall --help explains)`)
  })

try {
  await cli.parseAsync()
} catch (error) {
  process.stderr.write(`${errorLine(error)}\n`)
  process.exitCode = exitCodeFor(error)
}
