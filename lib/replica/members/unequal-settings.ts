/**
 * Members should have some settings alike. Each that has others is told of in one line, and again when they have
 * changed.
 */
import { unbearable, unequal, type CommonSettings } from '../../common-settings.js'
import type { Logger } from '../../ports.js'
import type { ServerId } from '../../raft/types.js'
import type { Hello } from './hello.js'

export class UnequalSettings {
  readonly #told = new Map<ServerId, string>()

  constructor(private readonly options: { readonly id: ServerId; readonly logger: Logger }) {}

  /** Another member has said what it has, or nothing, as one of an older build. */
  met(own: CommonSettings, { id, settings }: Hello): void {
    const both = [
      { id: this.options.id, settings: own },
      ...(settings === undefined ? [] : [{ id, settings }]),
    ]
    const sentence = [...unequal(both), ...unbearable(both)].join('; ')
    const before = this.#told.get(id) ?? ''
    if (sentence === before) return
    this.#told.set(id, sentence)
    if (sentence !== '') this.options.logger.warn(`unequal settings: ${sentence}; give all members the same`)
  }
}
