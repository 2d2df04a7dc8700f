/** The REPL at a terminal: prompt, history, completion, Ctrl-C. */
import { createInterface, type Interface } from 'node:readline'
import type { ReadStream } from 'node:tty'
import type { Output, Screen } from '../screen.js'
import type { ReplContext } from './command.js'
import { runAndPrint, type Printers } from './run-command.js'
import { complete, isBlank, isExit, type Completion } from './table.js'

export interface TerminalOptions {
  readonly input: NodeJS.ReadableStream
  /** Where the prompt stands. */
  readonly output: Output
  readonly screen: Screen
  readonly context: ReplContext
  readonly printers: Printers
  /** Ends the REPL from outside. */
  readonly signal: AbortSignal
}

const PROMPT = 'rollcall> '

/** Runs until `exit`, Ctrl-D, Ctrl-C on an empty line, or the signal. */
export async function runTerminal(options: TerminalOptions): Promise<void> {
  const reader = new LineReader(options)
  for (;;) {
    const lines = await reader.read()
    if (lines === undefined) return
    for (const line of lines) {
      if (isExit(line)) return
      if (!isBlank(line)) await runInterruptibly(line, options)
      if (options.signal.aborted) return
    }
  }
}

/** While a command runs the terminal is in its normal mode, where Ctrl-C is a signal: nobody waits for it then. */
async function runInterruptibly(line: string, { context, printers, signal }: TerminalOptions): Promise<void> {
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  process.on('SIGINT', interrupt)
  try {
    await runAndPrint(line, context, printers, true, AbortSignal.any([signal, interruption.signal]))
  } finally {
    process.off('SIGINT', interrupt)
  }
}

/** Reads with a line editor that lives only while somebody may type: commands such as `watch` need the keys. */
class LineReader {
  readonly #options: TerminalOptions
  #history: string[] = []
  /** What stood on the line, without its end, behind lines that were pasted. */
  #begun = ''

  constructor(options: TerminalOptions) {
    this.#options = options
  }

  /** The next line, or all those that were pasted at once; undefined at the end. */
  read(): Promise<readonly string[] | undefined> {
    const { screen, signal } = this.#options
    const editor = this.#open()
    const lines: string[] = []
    let finished = false
    return new Promise((resolve) => {
      const finish = (result: readonly string[] | undefined): void => {
        finished = true
        signal.removeEventListener('abort', leave)
        screen.setFooter(undefined)
        this.#begun = editor.line
        editor.close()
        resolve(result)
      }
      const leave = (): void => {
        if (finished) return
        this.#options.output.write('\n')
        finish(undefined)
      }
      editor.on('line', (line) => {
        // Nobody is asked for another line, whatever is said before this one is dealt with.
        screen.setFooter(undefined)
        if (lines.push(line) === 1) setImmediate(() => finish(lines))
      })
      editor.on('history', (history) => (this.#history = history))
      let hasCleared = false
      // Who presses once too often to be rid of a line does not mean to end everything.
      const interrupted = (): void => {
        if (editor.line === '' && !hasCleared) return leave()
        if (editor.line === '') screen.say('to leave: Ctrl-C once more, Ctrl-D, or exit')
        hasCleared = editor.line !== ''
        clearLine(editor)
      }
      editor.on('SIGINT', interrupted)
      editor.once('close', () => lines.length === 0 && leave())
      signal.addEventListener('abort', leave)
      screen.setFooter({ rowsAbove: () => editor.getCursorPos().rows, draw: () => editor.prompt(true) })
      editor.prompt()
      if (this.#begun !== '') editor.write(this.#begun)
      if (signal.aborted) leave()
    })
  }

  #open(): Interface {
    const { input, output, context } = this.#options
    let isOpen = true
    const editor = createInterface({
      input,
      output,
      prompt: PROMPT,
      history: this.#history,
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: Completion) => void) => {
        const completion = complete(line, context)
        if (!(completion instanceof Promise)) {
          done(null, completion)
          return
        }
        // Keys that came in together with the Tab may have changed the line meanwhile, or ended it.
        const answer = (result: Completion): void => {
          if (isOpen) done(null, editor.line.slice(0, editor.cursor) === line ? result : [[], line])
        }
        completion.then(answer, () => answer([[], line]))
      },
    })
    editor.once('close', () => (isOpen = false))
    return editor
  }
}

function clearLine(editor: Interface): void {
  editor.write(null, { ctrl: true, name: 'e' })
  editor.write(null, { ctrl: true, name: 'u' })
}

/** Resolves at the next key, whichever it is, or when `signal` aborts. */
export function anyKey(input: ReadStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      input.off('data', done)
      signal.removeEventListener('abort', done)
      input.setRawMode(false)
      input.pause()
      resolve()
    }
    input.setRawMode(true)
    input.on('data', done).resume()
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
