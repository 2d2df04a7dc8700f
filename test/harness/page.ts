/** A page of the documentation as a session of a shell: its commands in their order, and what they print. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cli, freePorts } from './processes.js'

export interface Step {
  /** One line for the shell. */
  readonly command: string
  /** What the page shows under it; stdout and stderr together. */
  readonly output: string
}

/** The steps of the blocks marked `console`: a line that begins with `$ ` is a command, what follows is its output. */
export function stepsOf(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = '']) => text)
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.trimEnd().split('\n')
        return { command, output: output.join('\n') }
      }),
  )
}

/** What differs from run to run, and what stands in its place when outputs are compared. In this order. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID'],
  [/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME'],
  [/(?<=entry \d+ of term \d+, )[0-9a-f]{1,8}\b/g, 'NAME'],
  [/(leader|rollcall\.leader is|gives) (node\d\S*)/g, '$1 MEMBER'],
  // A member that a leader's first message reached before the candidate's request has given none.
  [/vote for node\d\S*|no vote/g, 'VOTE'],
  [/node\d leads term/g, 'MEMBER leads term'],
  [/\b(leads|follows node\d), term/g, 'ROLE, term'],
  [/\b(leader|follower|candidate) {2,}/g, 'ROLE '],
  [/(?<=": ?)\d+/g, 'N'],
  [/(?<![\w:.@-])\d[\d,.]*(?!\w)/g, 'N'],
  [/ {2,}/g, ' '],
]

/** The text without what differs from run to run: times, ids, sizes, terms, indices, process numbers, who leads. */
export function shapeOf(text: string): string {
  const said = text.replace(WAITING, '')
  return VARIABLE.reduce((shape, [pattern, letter]) => shape.replace(pattern, letter), said).trim()
}

/** What a command says on a machine so busy that the cluster is not there at once. */
const WAITING = /^waiting: .*\n/gm

/** The folder that the page's session is in. */
const FOLDER = '/srv/rollcall'

/** One `bash` in a folder of its own, in which the page's ports are free ones. What it has started ends with it. */
export class Session {
  readonly #shell: ChildProcessWithoutNullStreams
  readonly #folder: string
  readonly #ports: ReadonlyMap<string, string>
  /** Those that commands have left running, which are not of the shell's group. */
  readonly #background: number[] = []
  #heard = ''
  #listener: () => void = () => undefined

  private constructor(folder: string, ports: ReadonlyMap<string, string>) {
    this.#folder = folder
    this.#ports = ports
    const programs = join(folder, 'bin')
    mkdirSync(programs)
    writeFileSync(
      join(programs, 'rollcall'),
      `#!/bin/sh\nNODE_OPTIONS= exec '${process.execPath}' '${cli}' "$@"\n`,
    )
    chmodSync(join(programs, 'rollcall'), 0o755)
    this.#shell = spawn('bash', ['--noprofile', '--norc'], {
      cwd: folder,
      env: {
        ...process.env,
        NO_COLOR: '1',
        COLUMNS: '120',
        PATH: `${programs}:${process.env['PATH'] ?? ''}`,
        ROLLCALL_NAMESERVER: this.placed('localhost:9090'),
        ROLLCALL_MEMBERS: '',
      },
      detached: true,
    })
    this.#shell.stdin.write('exec 2>&1\n')
    this.#shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text
      this.#listener()
    })
  }

  /** `ports`: those that the page names. */
  static async start(folder: string, ports: readonly string[]): Promise<Session> {
    const free = await freePorts(ports.length)
    return new Session(folder, new Map(ports.map((port, n) => [port, String(free[n])])))
  }

  /** The page's text with the ports that are free here. */
  placed(text: string): string {
    return text.replace(/\b\d{4}\b/g, (port) => this.#ports.get(port) ?? port)
  }

  /** Runs the page's line, and returns what it has printed, with the page's ports. */
  async run(command: string): Promise<string> {
    const mark = `end-of-step-${Math.random()}`
    this.#heard = ''
    this.#shell.stdin.write(`${this.placed(command)}\necho; echo ${mark}\n`)
    await new Promise<void>((resolve) => {
      this.#listener = () => {
        if (this.#heard.includes(mark)) resolve()
      }
    })
    const printed = this.#heard.slice(0, this.#heard.indexOf(mark))
    const [, pid] = /runs as process (\d+)/.exec(printed) ?? []
    if (pid !== undefined) this.#background.push(Number(pid))
    return this.#asOnPage(printed).trim()
  }

  /** Ends the shell and everything that it has started. */
  async end(): Promise<void> {
    const { pid } = this.#shell
    const ended = new Promise((resolve) => this.#shell.once('close', resolve))
    for (const each of pid === undefined ? this.#background : [...this.#background, -pid]) kill(each)
    await ended
  }

  #asOnPage(text: string): string {
    let shown = text.replaceAll(this.#folder, FOLDER)
    for (const [port, free] of this.#ports) shown = shown.replaceAll(`:${free}`, `:${port}`)
    return shown
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
