import type { Events } from './events.js'
import type { Leader, State } from './state.js'
import { reply } from './state.js'

export function onTransfer(s: State, { to }: Events['transfer'], _leader: Leader): void {
  s.effects.push({ type: 'transferEnded', to, outcome: 'busy' })
}

export function onTimeoutNow(s: State, { exchange }: Events['timeoutNow']): void {
  reply(s, exchange, { type: 'timeoutNowResponse', term: s.currentTerm })
}
