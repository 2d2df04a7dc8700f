import type { Events } from './events.js'
import type { Leader, State } from './state.js'

export function onConfigure(s: State, _event: Events['configure'], _leader: Leader): void {
  s.effects.push({ type: 'configureRefused', reason: 'notReady' })
}
