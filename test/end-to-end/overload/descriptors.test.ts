/**
 * A member that may have few descriptors, and more callers than those: storage and those who are served keep theirs.
 */
import { spawn } from 'node:child_process'
import { connect as connectSocket, type Socket } from 'node:net'
import t from 'tap'
import { connect } from '../../../api.js'
import { cli, freePorts, temporaryFolder } from '../../harness/processes.js'

const DESCRIPTORS = 320
const CALLERS = 500

t.test('of more callers than descriptors some are turned away, and nothing else fails', async (t) => {
  const [port = 0] = await freePorts(1)
  const members = `a@localhost:${port}`
  const limited = `ulimit -n ${DESCRIPTORS}; NODE_OPTIONS= exec '${process.execPath}' '${cli}' node a --members ${members}`
  const member = spawn('bash', ['-c', limited], {
    cwd: temporaryFolder(t),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(() => member.kill('SIGKILL'))
  let stderr = ''
  member.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const options = { nameserver: `localhost:${port}`, members: [members], timeoutMs: 20_000 }
  const before = await connect(options)
  t.teardown(() => before.close())
  t.equal(await before.call('counter', 'increment', []), 1)

  const callers = Array.from({ length: CALLERS }, () => new Caller(port))
  const said = await Promise.all(callers.map(({ answer }) => answer))
  const served = said.filter((text) => text.includes('"pong"')).length
  const refused = said.filter((text) => text.includes('-32010')).length
  t.ok(served > 100, `${served} are served`)
  t.ok(refused > 0, `${refused} are told OVERLOADED`)
  const others = said.filter((text) => !text.includes('"pong"') && !text.includes('-32010'))
  t.same(
    new Set(['', ...others]),
    new Set(['']),
    'and where too many are to be told at once, they are cut off',
  )

  // Some megabytes: segments of the log are opened meanwhile.
  const value = 'x'.repeat(90_000)
  for (let key = 0; key < 60; key++) await before.call('kv', 'set', [`key${key}`, value])
  for (const caller of callers) caller.socket.destroy()
  const after = await connect(options)
  t.teardown(() => after.close())
  t.equal(await after.call('counter', 'increment', []), 2, 'once they have gone there is room')
  t.equal(member.exitCode, null)
  t.notMatch(stderr, /EMFILE|error/)
})

/** Asks once whether somebody is there, and stays. */
class Caller {
  readonly socket: Socket
  /** The whole answer, or what was said before the other side closed. */
  readonly answer: Promise<string>

  constructor(port: number) {
    this.socket = connectSocket(port, 'localhost')
    this.socket.setEncoding('utf8').on('error', () => undefined)
    this.socket.write('{"jsonrpc":"2.0","id":1,"method":"daemon.ping"}\n')
    this.answer = this.#heard()
  }

  async #heard(): Promise<string> {
    let text = ''
    this.socket.on('data', (part) => (text += String(part)))
    await new Promise<void>((resolve) => {
      this.socket.on('data', () => text.includes('\n') && resolve())
      this.socket.on('close', () => resolve())
    })
    return text
  }
}
