/** The flags that say how a name server is, wherever it is started: whoever starts one hands them on. */
import { DOOR_FLAGS, LOG_FLAGS } from './flag-groups.js'
import type { FlagName } from './flags.js'

export const NAME_SERVER_FLAGS = [
  // No mdns-allow: a name server announces itself and looks for nobody, so it has no announcement to believe.
  'mdns',
  'mdns-token-file',
  ...DOOR_FLAGS,
  'election-timeout',
  'heartbeat',
  ...LOG_FLAGS,
] as const satisfies readonly FlagName[]
