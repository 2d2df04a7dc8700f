/** One question to several who would all answer the same: the next one is asked when one fails, or takes long. */
import { ms, type Clock, type Timer } from '../ports.js'
import { afterInput } from '../rpc/deadlines.js'

export interface FirstAnswerOptions<Place> {
  readonly clock: Clock
  /** Whoever has not answered after so long is waited for beside the next one, in milliseconds. */
  readonly nextMs: number
  /** Whether what one rejects with is an answer, and the last word. */
  readonly isAnswer: (error: unknown) => boolean
  /** Told of the first that answers. */
  readonly answered: (place: Place) => void
}

/** `places`: one at least. Rejects as the last of them that fails does. */
export function firstAnswer<Place, T>(
  places: readonly Place[],
  ask: (place: Place) => Promise<T>,
  options: FirstAnswerOptions<Place>,
): Promise<T> {
  return new Promise((resolve) => {
    const waiting = places.values()
    let left = places.length
    let next: Timer | undefined
    let isOver = false
    const settle = (attempt: Promise<T>): void => {
      isOver = true
      next?.cancel()
      resolve(attempt)
    }
    const begin = (): void => {
      next?.cancel()
      const { value: place, done } = waiting.next()
      if (isOver || done === true) return
      next = afterInput(options.clock, ms(options.nextMs), begin)
      const attempt = ask(place)
      attempt.then(
        () => answered(place, attempt),
        (error: unknown) => (options.isAnswer(error) ? answered(place, attempt) : failed(attempt)),
      )
    }
    const answered = (place: Place, attempt: Promise<T>): void => {
      if (isOver) return
      options.answered(place)
      settle(attempt)
    }
    const failed = (attempt: Promise<T>): void => {
      left--
      if (isOver) return
      if (left === 0) settle(attempt)
      else begin()
    }
    begin()
  })
}
