/** One terminal that several write to: lines go above what stands at the bottom (a prompt, a live view). */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import { printable } from '../lib/printable.js'

export interface Footer {
  /** How many lines above the cursor the footer begins. */
  rowsAbove(): number
  draw(): void
}

/** What a screen needs of a stream; `process.stderr` is one. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** How wide its lines may be; 80 where it does not say. */
export const columnsOf = (out: Output): number => Math.max(20, out.columns ?? 80)

/**
 * How many lines can be drawn over: the cursor stands below them, and one above stays, as some terminals keep a copy of
 * a screen that is cleared whole.
 */
export const rowsOf = (out: Output): number => Math.max(2, (out.rows ?? Infinity) - 2)

/** Colours only on a terminal and without NO_COLOR (no-color.org: set, and not empty). */
export function wantsColour(out: Output): boolean {
  return out.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
}

export class Screen {
  readonly #out: Output
  #footer: Footer | undefined

  constructor(out: Output) {
    this.#out = out
  }

  /**
   * The footer that is drawn again below each line; undefined takes it away, and leaves on the screen what is there.
   */
  setFooter(footer: Footer | undefined): void {
    this.#footer = footer
  }

  /** Prints a sentence above the footer, whatever is in it. */
  say(sentence: string): void {
    this.print(printable(sentence))
  }

  /** Prints one line, or several, above the footer. What of them came from outside has been made printable. */
  print(lines: string): void {
    this.clear()
    this.#out.write(`${lines}\n`)
    this.#footer?.draw()
  }

  /** Wipes the footer; the cursor stands where it began. */
  clear(): void {
    if (this.#footer === undefined || this.#out.isTTY !== true) return
    moveCursor(this.#out, 0, -this.#footer.rowsAbove())
    cursorTo(this.#out, 0)
    clearScreenDown(this.#out)
  }
}
