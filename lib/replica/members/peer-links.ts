/** The way to the other members, as the replica sees it, and what it needs of the replica. */
import type { Json } from '../../json.js'
import type { EffectOf, Input, RaftView, ServerId } from '../../raft/types.js'
import type { PeerLoad } from '../guards/budget.js'
import type { EntryRuns } from '../../storage/entry-runs.js'
import type { Hello } from './hello.js'
import type { MemberDoor } from './proof.js'

export type Outgoing = Pick<EffectOf<'send'>, 'to' | 'message'>

/** What can't be sent is lost. */
export interface PeerLinks {
  send(wish: Outgoing): void
  /** Any other question to a member. Left out where nobody can be asked. */
  ask?(to: ServerId, method: string, params: readonly Json[]): Promise<Json>
  /** Whether nobody is any more where that member was. Never rejects. Left out where nobody has an address. */
  isDeserted?(id: ServerId): Promise<boolean>
  /** The member has said that it is at `uri` now. Left out where nobody has an address. */
  moved?(id: ServerId, uri: string): void
  /** Another configuration is in force. Left out where nobody is connected to. */
  configurationChanged?(): void
  /** Whoever was removed and is spoken to no more can be forgotten. Left out where nobody is connected to. */
  forgetDeparted?(): void
  /** What the member last said of itself. Left out where nobody greets. */
  greeting?(id: ServerId): Hello | undefined
  /** Why there is no understanding with a member, of each with which there is none. Left out where nobody greets. */
  readonly refusals?: ReadonlyMap<ServerId, string>
  /** What is under way to each. Left out where nobody counts it. */
  readonly loads?: ReadonlyMap<ServerId, PeerLoad>
  close(): void
}

/** What it needs of the replica, and tells it. */
export interface LinkHooks {
  /** What this member says of itself to `to`. */
  readonly hello: (to: ServerId) => Hello
  /** The bytes of entries, as the log has a use for them, too. */
  readonly runs: EntryRuns
  /** How members show that they belong. Undefined: whoever says so is believed. */
  readonly door?: MemberDoor | undefined
  /** What is known of a member's greeting has changed. `other`: what it has just said. */
  readonly greeted: (other?: Hello) => void
  readonly view: () => RaftView
  readonly take: (input: Input) => void
  /** Where else a member may be: URIs. Default: nowhere. */
  readonly elsewhere?: ((id: ServerId) => readonly string[]) | undefined
  /** A peer has refused this member because its data folder is not the one that the cluster knows. */
  readonly ownFolderLost: () => void
  /** A peer has refused this member because it was removed. */
  readonly toldOfRemoval: () => void
}
