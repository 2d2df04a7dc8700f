import type { Events } from './events.js'
import type { Follower, Leader, State } from './state.js'
import { reply } from './state.js'

export function onReadAtFollower(s: State, { context }: Events['read'], _follower: Follower): void {
  s.effects.push({ type: 'readRefused', context, reason: 'notLeader' })
}

export function onReadIndex(s: State, { exchange }: Events['readIndex'], _leader: Leader): void {
  reply(s, exchange, { type: 'readIndexResponse', term: s.currentTerm, readIndex: null })
}

export function onReadIndexResponse(_s: State, _event: Events['readIndexResponse']): void {
  // No read waits for one yet.
}
