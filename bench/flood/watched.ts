/** The command `rollcall` in a process that notes its long turns; without arguments it does nothing, which takes none of its own. */
import { watchTurns } from './turns.js'

watchTurns()
if (process.argv.length > 2) await import('../../cli.js')
