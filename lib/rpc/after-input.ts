/**
 * Time-outs that let waiting input come first. After the event loop was busy, all that is due runs before any socket is
 * read: an answer that came in time would be called late, and a living process dead, only because this one was busy.
 */
import type { Clock, Ms, Timer } from '../ports.js'

/** As `clock.after`; but when it goes off late, what has come in by then is taken in before `task` runs. */
export function afterInput(clock: Clock, delay: Ms, task: () => void): Timer {
  const due = clock.now() + delay
  let isCancelled = false
  const unlessCancelled = (): void => {
    if (!isCancelled) task()
  }
  const timer = clock.after(delay, () => {
    if (clock.now() > due) clock.soon(unlessCancelled)
    else task()
  })
  return {
    cancel: () => {
      isCancelled = true
      timer.cancel()
    },
  }
}
