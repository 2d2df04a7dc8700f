/** As a person at a terminal: keys in, screen out, through tmux. */
import { execFileSync, spawnSync } from 'node:child_process'
import { pause } from './until.js'

/** Why there are no terminals here; false: there are. */
export const noTerminal = spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed'

export class Terminal {
  readonly #socket: string

  constructor(folder: string, command: string) {
    this.#socket = `${folder}/tmux`
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '40', '-c', folder, command)
    this.#tmux('set-option', '-g', 'remain-on-exit', 'on')
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' })
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p', '-S', '-200')
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text)
  }

  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** Types a line and waits until the screen shows what is expected below it. */
  async enter(line: string, expected: RegExp): Promise<void> {
    this.type(line)
    this.press('Enter')
    await this.shows(new RegExp(`${escape(line)}[^]*?${expected.source}`, expected.flags))
  }

  async shows(pattern: RegExp): Promise<void> {
    for (let polls = 0; !pattern.test(this.screen()); polls++) {
      if (polls > 1000) throw new Error(`the screen never showed ${String(pattern)}:\n${this.screen()}`)
      await pause(20)
    }
  }

  /** Ends a watch. What is typed together with the key that ends it would go the same way. */
  async leave(): Promise<void> {
    this.press('q')
    await this.shows(/rollcall>\s*$/)
  }

  end(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server'])
  }
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
