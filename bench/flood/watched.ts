/** The command `rollcall`, or with `bare PORT` a bare server of Node, in a process that notes its long turns. */
import { watchTurns } from './turns.js'

watchTurns()
await import(process.argv[2] === 'bare' ? './bare-server.js' : '../../cli.js')
