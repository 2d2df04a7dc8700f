/** What the REPL at a terminal shows until somebody presses a key. */
import type { ReadStream } from 'node:tty'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { printable } from '../../lib/printable.js'
import { follow, newsOnly, type FollowedEvent } from '../follow.js'
import { wantsColour, type Output, type Screen } from '../screen.js'
import { showLive } from '../view/live.js'
import type { ReplContext } from './command.js'
import type { Printers } from './run-command.js'
import { anyKey } from './terminal.js'

export interface WatchingOptions {
  readonly rollcall: Rollcall
  readonly input: ReadStream
  /** Where the live view stands. */
  readonly output: Output
  readonly screen: Screen
  readonly printers: Printers
  /** Ends it from outside. */
  readonly signal: AbortSignal
}

export function watching(options: WatchingOptions): Required<Pick<ReplContext, 'watch' | 'follow'>> {
  const { rollcall, output: out, screen, printers } = options
  const colour = wantsColour(out)
  return {
    watch: () =>
      untilKey(options, (signal) =>
        showLive(rollcall, { out, colour, signal, screen, hint: 'any key ends this' }),
      ),
    follow: (object, prefix) =>
      untilKey(options, (signal) => {
        screen.say(`events of ${object}; Enter ends this`)
        const print = (event: FollowedEvent): void => printers.result(printable(JSON.stringify(event)))
        const onWaiting = newsOnly((why) => screen.say(`waiting: ${why}`))
        return follow(rollcall, { object, prefix, signal, print, onWaiting })
      }),
  }
}

/** Ends with the task too, which may fail. */
async function untilKey(
  { input, signal }: WatchingOptions,
  task: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const view = new AbortController()
  const until = AbortSignal.any([signal, view.signal])
  const pressed = anyKey(input, until).then(() => view.abort())
  try {
    await task(until)
  } finally {
    view.abort()
    await pressed
  }
}
