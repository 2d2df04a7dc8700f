/** As a person at a terminal: keys in, screen out, through tmux. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cli, freePorts, temporaryFolder } from '../harness/processes.js'
import { noTerminal, Terminal } from '../harness/terminal.js'
import { until } from '../harness/until.js'

/** Command lines of all living processes that mention `text`. */
function processesWith(text: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(text) && !line.includes('tmux'))
}

async function exitStatus(file: string): Promise<string> {
  const text = () => (existsSync(file) ? readFileSync(file, 'utf8').trim() : '')
  return until(`an exit status in ${file}`, () => text() !== '' && text())
}

async function untilNoneIsLeft(text: string): Promise<void> {
  await until(`the end of all processes with ${text}`, () => processesWith(text).length === 0)
}

async function start(t: {
  teardown(task: () => unknown): void
}): Promise<{ terminal: Terminal; mark: string; statusFile: string }> {
  const [nameserver, ...nodes] = await freePorts(5)
  const members = nodes.map((port, i) => `node${i + 1}@localhost:${port}`).join(',')
  const command = `NODE_OPTIONS= '${process.execPath}' '${cli}' up --nameserver localhost:${nameserver} --members ${members}`
  const folder = temporaryFolder(t)
  const statusFile = join(folder, 'status')
  const terminal = new Terminal(folder, `${command}; echo $? > '${statusFile}'`)
  t.teardown(() => terminal.end())
  await terminal.shows(/elected leader/)
  return { terminal, mark: `localhost:${nodes[0]}`, statusFile }
}

t.test('a session: help, completion, a typo, kill, watch, start, exit', { skip: noTerminal }, async (t) => {
  const { terminal, mark, statusFile } = await start(t)
  await terminal.enter('help', /append TEXT[^]*kill NODE/)
  // As they come in from one who types fast: all at once.
  terminal.type('appe\thello\r')
  await terminal.shows(/append hello[^]*"index":1|append hello[^]*index: 1/)
  await terminal.enter('appendd x', /did you mean append/)
  // Logs, and the news of who leads, may come in between.
  const answer = /> leader\n(?:\w+ +\|.*\n|leader: .*\n)*(?:rollcall> )?(node\d)@localhost/
  terminal.type('leader')
  terminal.press('Enter')
  await terminal.shows(answer)
  const leader = answer.exec(terminal.screen())?.[1] ?? ''
  terminal.type(`kill ${leader}`)
  terminal.press('Enter')
  await terminal.shows(new RegExp(`kill ${leader}[^]*elected leader`))
  await terminal.enter('append after the kill', /"index":2/)
  terminal.type('watch')
  terminal.press('Enter')
  await terminal.shows(new RegExp(`${leader}[^\\n]*unreachable[^]*`))
  await terminal.leave()
  await terminal.enter(`start ${leader}`, new RegExp(leader))
  terminal.type('watch')
  terminal.press('Enter')
  await terminal.shows(new RegExp(`${leader}[^\\n]*follower`))
  await terminal.leave()
  terminal.type('exit')
  terminal.press('Enter')
  await untilNoneIsLeft(mark)
  t.equal(await exitStatus(statusFile), '0', 'and nothing is left')
})

t.test(
  'Ctrl-C clears a typed line, and pressed once too often says how to leave; on an empty one it ends everything',
  { skip: noTerminal },
  async (t) => {
    const { terminal, mark, statusFile } = await start(t)
    terminal.type('half a thought')
    await terminal.shows(/half a thought/)
    terminal.press('C-c', 'C-c')
    await terminal.shows(/to leave: Ctrl-C once more/)
    await terminal.enter('incr', /^1\s*$/m)
    terminal.press('C-c')
    await untilNoneIsLeft(mark)
    t.equal(await exitStatus(statusFile), '0', 'and nothing is left')
  },
)
