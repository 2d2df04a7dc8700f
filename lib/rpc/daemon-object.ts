/** The object `daemon` that each process has: what it says of itself, and what is asked of a connection. */
import { membersOf, type Json } from '../json.js'
import { DAEMON_METHODS } from '../roles.js'
import { InvalidParamsError } from './errors.js'
import { TAGS_VERSION } from './exposed.js'
import type { ConnectionContext, ExposedObject, Identity, ObjectDescription } from './exposed.js'
import { withNeeds } from './gate.js'

/** Of what `daemon.hello` answers. It may grow; another number is for what an older caller can't read. */
const HELLO_VERSION = 1

/** What the object tells of. */
interface Hosting {
  readonly identity: (() => Identity) | undefined
  objects(): readonly string[]
  describe(objectId: string, isForTags?: boolean): ObjectDescription
}

export function daemonObject(host: Hosting): ExposedObject {
  return {
    methods: withNeeds(DAEMON_METHODS, [
      [
        'hello',
        {
          kind: 'plain',
          handler: ([says], { connection }) => ({
            version: HELLO_VERSION,
            ...host.identity?.(),
            ...tagsAgreed(says, connection),
          }),
        },
      ],
      ['ping', { kind: 'plain', parameters: [], handler: () => 'pong' }],
      ['objects', { kind: 'plain', parameters: [], handler: () => host.objects() }],
      // As Pyro calls it.
      ['registered', { kind: 'plain', parameters: [], handler: () => host.objects() }],
      [
        'release',
        {
          kind: 'plain',
          parameters: ['ids'],
          handler: ([ids], { connection }) => connection.peer?.release(ids),
        },
      ],
      [
        'rest',
        { kind: 'plain', parameters: [], handler: (_, { connection }) => connection.isAtRest === true },
      ],
      ['closing', { kind: 'plain', parameters: [], handler: (_, { connection }) => connection.retire?.() }],
      [
        'cancel',
        {
          kind: 'plain',
          parameters: ['ids'],
          handler: ([ids], { connection }) => connection.cancellations?.cancel(ids),
        },
      ],
      [
        'describe',
        {
          kind: 'plain',
          parameters: ['objectId'],
          handler: ([objectId], { connection }) => host.describe(textOf(objectId), connection.readsTags),
        },
      ],
    ]),
  }
}

/** Who says `{ tags: 1 }` reads tags on this connection from here on, and is told that they are read here, too. */
function tagsAgreed(says: Json | undefined, connection: ConnectionContext): { readonly tags?: 1 } {
  if (membersOf(says)['tags'] !== TAGS_VERSION) return {}
  connection.readsTags = true
  return { tags: TAGS_VERSION }
}

function textOf(objectId: Json | undefined): string {
  if (typeof objectId !== 'string') throw new InvalidParamsError('describe(objectId): objectId is a string')
  return objectId
}
