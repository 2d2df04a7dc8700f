import type { CommandResult } from '../../lib/replica/objects/hosted.js'

/** What a command came to, whether or not it has been written as JSON already. */
export function outcomeOf(result: CommandResult): CommandResult {
  return 'value' in result ? { value: result.value } : result
}
