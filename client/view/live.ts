/** The status, again and again: redrawn in place on a terminal, as lines of news where it is none. */
import { setTimeout as sleep } from 'node:timers/promises'
import { performance } from 'node:perf_hooks'
import { printable } from '../../lib/printable.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { columnsOf, rowsOf, Screen, type Footer, type Output } from '../screen.js'
import type { MemberView } from '../../lib/client/views.js'
import { fit } from './fit.js'
import { MemberHistory } from './history.js'
import { renderMembers } from './members.js'

/** Between two looks, and how long a member may take to answer, in milliseconds. */
const REFRESH_MS = 200
const ANSWER_MS = 500
/** How many of the latest events stand below the table. */
const EVENTS = 6

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

/** Calls `look` with each new set of views until `signal` aborts. */
async function poll(
  rollcall: Pick<Rollcall, 'status'>,
  signal: AbortSignal,
  look: (views: readonly MemberView[]) => void,
): Promise<void> {
  const isOver = (): boolean => signal.aborted
  while (!isOver()) {
    const views = await rollcall.status(ANSWER_MS)
    if (isOver()) return
    look(views)
    await sleep(REFRESH_MS, undefined, { signal }).catch(() => undefined)
  }
}

export interface LiveOptions {
  readonly out: Output
  readonly colour: boolean
  readonly signal: AbortSignal
  /** Where others print while the view stands. Default: nobody does. */
  readonly screen?: Screen
  /** The last line, such as how to leave. */
  readonly hint: string
}

/** On a terminal. Ends with the last picture left on the screen and the cursor below it. */
export async function showLive(rollcall: Pick<Rollcall, 'status'>, options: LiveOptions): Promise<void> {
  const { out, signal, screen = new Screen(out) } = options
  const history = new MemberHistory()
  const events: string[] = []
  const footer = pictureOn(out, `looking …\n${options.hint}`)
  screen.setFooter(footer)
  out.write(HIDE_CURSOR)
  footer.draw()
  try {
    await poll(rollcall, signal, (views) => {
      const now = performance.now()
      events.push(...history.observe(views, now).map((event) => `${clockTime()}  ${printable(event)}`))
      events.splice(0, events.length - EVENTS)
      const table = renderMembers(views, {
        columns: columnsOf(out),
        colour: options.colour,
        silentMs: history.silentMs(now),
      })
      screen.clear()
      const lines = [...table.split('\n'), ...events.map((event) => fit(event, columnsOf(out)))]
      const hint = fit(options.hint, columnsOf(out))
      footer.change([...lines.slice(0, rowsOf(out) - 1), hint].join('\n'))
    })
  } finally {
    screen.setFooter(undefined)
    out.write(SHOW_CURSOR)
  }
}

function pictureOn(out: Output, first: string): Footer & { change(picture: string): void } {
  let picture = first
  const draw = (): void => void out.write(`${picture}\n`)
  const change = (next: string): void => {
    picture = next
    draw()
  }
  return { rowsAbove: () => picture.split('\n').length, draw, change }
}

/** Not on a terminal: the table (or one line of JSON) at first and whenever it has changed. */
export async function showChanges(
  rollcall: Rollcall,
  signal: AbortSignal,
  render: (views: readonly MemberView[]) => string,
  print: (text: string) => void,
): Promise<void> {
  let last: string | undefined
  await poll(rollcall, signal, (views) => {
    const next = render(views)
    if (next !== last) print(next)
    last = next
  })
}

const clockTime = (): string => new Date().toTimeString().slice(0, 8)
