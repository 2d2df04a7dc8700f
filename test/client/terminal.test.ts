/** The REPL's lines as a person sees them come, without a terminal. */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { Screen } from '../../client/screen.js'
import { runTerminal } from '../../client/repl/terminal.js'
import { connect } from '../../lib/system/connect.js'

t.test('news that comes while a line is dealt with draws no prompt before its answer', async (t) => {
  const rollcall = await connect({ members: [] })
  t.teardown(() => rollcall.close())
  const input = new PassThrough()
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  let shown = ''
  output.setEncoding('utf8').on('data', (text: string) => (shown += text))
  const screen = new Screen(output)
  const print = (text: string): void => void output.write(`${text}\n`)
  const ended = runTerminal({
    input,
    output,
    screen,
    context: { rollcall, supervisor: undefined, columns: 80, colour: false },
    printers: { result: print, error: print },
    signal: new AbortController().signal,
  })
  // Heard once the editor has heard it, and before the line is run.
  input.once('data', () => screen.say('leader: node2 in term 2'))
  input.write('help\r')
  while (!shown.includes('append TEXT')) await new Promise(setImmediate)
  const [, after = ''] = shown.split('leader: node2 in term 2')
  t.notMatch(after.slice(0, after.indexOf('append TEXT')), 'rollcall>')
  input.write('exit\r')
  await ended
})
