/** The commands on data folders that no process has open. */
import type { CommandModule } from 'yargs'
import { inspectCommand, verifyCommand } from './inspect.js'
import { recoverCommand } from './recover.js'
import { restoreCommand } from './restore.js'
import { skipCommand } from './skip.js'

export const offlineCommands: readonly CommandModule[] = [
  inspectCommand,
  verifyCommand,
  recoverCommand,
  restoreCommand,
  skipCommand,
]
