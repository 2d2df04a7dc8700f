/** The client's part of the command `rollcall`. */
import type { Command } from '../../lib/system/command-module.js'
import { backupCommand } from './backup.js'
import { callCommand } from './call.js'
import { certsCommand } from './certs.js'
import { clientCommand } from './client.js'
import { configCommand } from './config.js'
import { echoCommand } from './echo.js'
import { doctorCommand } from './doctor.js'
import { memberCommands } from './members.js'
import { nameCommands } from './names.js'
import { readyCommand } from './ready.js'
import { statusCommand } from './status.js'
import { upCommand } from './up.js'
import { watchCommand } from './watch.js'

export const commands: readonly Command[] = [
  upCommand,
  clientCommand,
  callCommand,
  statusCommand,
  readyCommand,
  doctorCommand,
  watchCommand,
  ...nameCommands,
  ...memberCommands,
  backupCommand,
  configCommand,
  echoCommand,
  certsCommand,
]
