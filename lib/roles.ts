/** Who may be allowed what, and which of it each method asks for: the one table. */
import type { NameServerApi } from './names.js'

/**
 * Each may do what those before it may: `reader` sees how a process stands, and makes the queries that it is given;
 * `user` makes the calls that it is given; `operator` makes all, and changes the members; `member` takes part in
 * consensus, and so could do anything.
 */
export type Role = 'reader' | 'user' | 'operator' | 'member'
/** From the least to the most. */
export const ROLES: readonly Role[] = ['reader', 'user', 'operator', 'member']

/** A caller that is known. */
export interface Grant {
  /** For people: what the log and errors call it. */
  readonly name: string
  readonly role: Role
  /** Which methods of objects it may call, by their full names: `log.append`, `kv.*`, `*`. */
  readonly may: readonly string[]
}

/**
 * What a method asks of its caller: a role or one above it, whatever it may call; `query` and `call`: that, and to be
 * among what it may call; `watch` and `atomic`: the same of the objects that its params name; `anybody`: nothing, as
 * it tells nothing, or judges for itself.
 */
export type Need = Role | 'query' | 'call' | 'watch' | 'atomic' | 'anybody'

/** Of a method that stands in none of the tables below: by what it is. */
export const NEED_OF_KIND = { query: 'query', command: 'call', plain: 'call' } as const satisfies Record<
  string,
  Need
>

/** Of the member's own object. */
export const MEMBER_METHODS = {
  status: 'reader',
  isLeader: 'reader',
  nextLeader: 'reader',
  entries: 'query',
  // A hello is what shows that somebody is a member, and all that follows it demands one.
  challenge: 'anybody',
  hello: 'anybody',
  preVote: 'anybody',
  requestVote: 'anybody',
  appendEntries: 'anybody',
  installSnapshot: 'anybody',
  readIndex: 'anybody',
  timeoutNow: 'anybody',
  vouch: 'anybody',
  address: 'anybody',
  digest: 'anybody',
  digestOfEvents: 'anybody',
  parted: 'anybody',
  // Whoever made the call is judged, by what it calls.
  passedOn: 'anybody',
  addMember: 'operator',
  removeMember: 'operator',
  transferLeadership: 'operator',
  backup: 'operator',
  backupChunk: 'operator',
} as const satisfies Readonly<Record<string, Need>>

export type MemberMethod = keyof typeof MEMBER_METHODS

/** Of the object `daemon`. What is `anybody`'s says that somebody is here, or is about the caller's own connection. */
export const DAEMON_METHODS = {
  ping: 'anybody',
  release: 'anybody',
  rest: 'anybody',
  closing: 'anybody',
  cancel: 'anybody',
  hello: 'reader',
  objects: 'reader',
  registered: 'reader',
  describe: 'reader',
} as const satisfies Readonly<Record<string, Need>>

/** Of the objects that every member has by itself: whoever calls anything needs sessions, and may do several things at once. */
export const OWN_OBJECTS = {
  session: 'user',
  watch: 'watch',
  atomic: 'atomic',
} as const satisfies Readonly<Record<string, Need>>

/** Of the object `nameserver`: whoever calls anything must be able to find it. */
export const NAMESERVER_METHODS: Readonly<Record<keyof NameServerApi, Need>> = {
  ping: 'reader',
  lookup: 'reader',
  list: 'reader',
  assign: 'reader',
  register: 'call',
  remove: 'call',
  unregister: 'call',
  setMetadata: 'call',
  renew: 'call',
}

/** Whether a caller of that role may do what those of `least` may. */
export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}

/** Whether it may call the method of that full name. */
export function isAmong({ may }: Grant, fullName: string): boolean {
  return may.some((each) => {
    if (!each.endsWith('*')) return each === fullName
    if (!fullName.startsWith(each.slice(0, -1))) return false
    // An object's name may hold dots: `kv.*` are the methods of kv, and not those of kv.audit.
    return !each.endsWith('.*') || !fullName.slice(each.length - 1).includes('.')
  })
}
