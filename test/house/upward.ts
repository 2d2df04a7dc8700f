/** Imports that point up, each in a file that the house does not have. */

export interface Upward {
  readonly name: string
  readonly place: string
  readonly source: string
  /** Behind the place. Absent: the two are of one project, and the import is the linter's business alone. */
  readonly compilerSays?: RegExp
  /** A word of the compiler's world, such as a timer, is the compiler's business alone. */
  readonly linterSays?: RegExp
}

/** A room, a file of a room above it, and the rule that says so. */
const slope = [
  ['guards', 'objects/own-names', 'guards-stand-below-the-replica'],
  ['objects', 'sessions/least-recent', 'objects-see-the-guards-only'],
  ['sessions', 'machine/digest', 'sessions-see-what-stands-below'],
  ['machine', 'calls/pending', 'the-machine-sees-what-stands-below'],
  ['calls', 'members/hello', 'calls-members-and-snapshots-stand-side-by-side'],
  ['members', 'snapshots/snapshots', 'calls-members-and-snapshots-stand-side-by-side'],
  ['snapshots', 'driver', 'calls-members-and-snapshots-stand-side-by-side'],
] as const

/** The same inside rpc. */
const slopeOfRpc = [
  ['messages/', 'calling/not-sent', 'messages-see-words-alone'],
  ['proxies/', 'handing/following', 'proxies-know-no-connection'],
  ['handing/', 'answering/queue', 'what-is-handed-over-knows-no-connection'],
  ['answering/', 'channels/backoff', 'answers-know-no-channel'],
  ['channels/', 'calling/retry-loop', 'channels-know-no-caller'],
  ['', 'messages/envelope', 'the-words-of-rpc-stand-below-its-rooms'],
] as const

export const upward: readonly Upward[] = [
  {
    name: 'the core importing the ports',
    place: 'lib/raft/upward.ts',
    source: "export { ms } from '../ports.js'\n",
    compilerSays: /TS6307/,
    linterSays: /raft-imports-nothing: lib\/raft\/upward\.ts/,
  },
  {
    name: 'the replica importing the system',
    place: 'lib/replica/system.ts',
    source: "export { systemClock } from '../system/clock.js'\n",
    compilerSays: /TS6307/,
    linterSays: /shared-code-does-not-know-the-system: lib\/replica\/system\.ts/,
  },
  // Down the slope of the replica's rooms, each one step up.
  ...slope.map(([room, above, rule]) => ({
    name: `${room} importing ${above}`,
    place: `lib/replica/${room}/upward.ts`,
    source: `export * from '../${above}.js'\n`,
    compilerSays: /TS6307/,
    linterSays: new RegExp(`${rule}: lib/replica/${room}/upward\\.ts`),
  })),
  ...slopeOfRpc.map(([room, above, rule]) => ({
    name: `${room === '' ? 'the hall of rpc' : room} importing ${above}`,
    place: `lib/rpc/${room}upward.ts`,
    source: `export * from '${room === '' ? './' : '../'}${above}.js'\n`,
    linterSays: new RegExp(`${rule}: lib/rpc/${room}upward\\.ts`),
  })),
  {
    name: 'a shipped object importing the machine',
    place: 'lib/shipped/upward.ts',
    source: "export * from '../replica/machine/digest.js'\n",
    compilerSays: /TS6307/,
    linterSays: /shipped-objects-are-like-any-user's: lib\/shipped\/upward\.ts/,
  },
  {
    name: 'access importing the hosting room',
    place: 'lib/access/upward.ts',
    source: "export * from '../hosting/ports.js'\n",
    linterSays: /access-judges-calls-alone: lib\/access\/upward\.ts/,
  },
  {
    name: 'shared code naming a timer',
    place: 'lib/replica/timer.ts',
    source: 'setTimeout(() => {}, 1)\nexport {}\n',
    compilerSays: /TS2304.*setTimeout/,
  },
  {
    name: 'the client importing the node',
    place: 'client/upward.ts',
    source: "export * from '../node/start-node.js'\n",
    compilerSays: /TS6307|TS6059/,
    linterSays: /programs-meet-on-the-wire: client\/upward\.ts/,
  },
  {
    name: 'the node importing the checker',
    place: 'node/upward.ts',
    source: "export * from '../testing/checker/history.js'\n",
    compilerSays: /TS6307|TS6059/,
    linterSays: /no-program-carries-the-testing-room: node\/upward\.ts/,
  },
  {
    name: 'the checker importing a program',
    place: 'testing/checker/upward.ts',
    source: "export * from '../../nameserver/registry.js'\n",
    compilerSays: /TS6307|TS6059/,
    linterSays: /the-checker-is-pure: testing\/checker\/upward\.ts/,
  },
]
