/**
 * Sees to it that whoever opens sessions without end does not take those of all others: a connection, and an
 * address, may open as many as are left for everybody else, and when the table is almost full the leader closes
 * sessions in which nothing was ever run.
 */
import type { Json } from '../../json.js'
import type { Clock } from '../../ports.js'
import { OverloadedError } from '../../rpc/errors.js'
import { addressOf } from '../../rpc/answering/fair-queue.js'
import type { CallContext, ConnectionContext, ExposedMethod, ExposedObject } from '../../rpc/exposed.js'
import { SESSION_TTL_MS, SESSIONS_MAX } from '../sessions/sessions.js'
import type { Sessions } from '../sessions/sessions.js'
import { withoutStack } from '../../without-stack.js'

export interface SessionRoomOptions {
  readonly clock: Clock
  /** The table in force. */
  readonly table: () => Pick<Sessions, 'count' | 'unused'>
}

/** From here on the least recently used of those in which nothing was run leave: two for each that comes. */
const CROWDED = SESSIONS_MAX * 0.9
const CLOSED_AT_A_TIME = 2
/** Addresses that are remembered at one time, for those whose every call or session is a connection. */
const ADDRESSES_MAX = 10_000

/** What has been opened since then. */
interface Opened {
  count: number
  since: number
}

export class SessionRoom {
  readonly #byConnection = new WeakMap<ConnectionContext, Opened>()
  readonly #byAddress = new Map<string, Opened>()
  readonly #closing = new Set<string>()

  constructor(private readonly options: SessionRoomOptions) {}

  /** The object `session` with an `open` that keeps room. */
  keptIn({ methods, ...rest }: ExposedObject): ExposedObject {
    const open = methods.get('open')
    const close = methods.get('close')
    if (open === undefined || close === undefined)
      throw new Error('the object session can be neither opened nor closed')
    const handler: ExposedMethod['handler'] = (params, context) => this.#open(open, close, params, context)
    return { ...rest, methods: new Map([...methods, ['open', { ...open, handler }]]) }
  }

  #open(open: ExposedMethod, close: ExposedMethod, params: readonly Json[], context: CallContext): unknown {
    const { connection } = context
    const ofAddress = this.#openedAt(addressOf(connection))
    const own = this.#openedBy(connection, ofAddress)
    this.#checkShare(own, ofAddress)
    for (const opened of new Set([own, ofAddress])) opened.count += 1
    if (this.options.table().count >= CROWDED) this.#makeRoom(close, connection)
    return open.handler(params, context)
  }

  /** Nobody waits for it: a session that stays is found again by the next one that is opened. */
  #makeRoom(close: ExposedMethod, connection: ConnectionContext): void {
    const unused = this.options.table().unused(CLOSED_AT_A_TIME + this.#closing.size)
    for (const id of unused.filter((each) => !this.#closing.has(each))) {
      this.#closing.add(id)
      void Promise.resolve()
        .then(() => close.handler([id], { connection, meta: {}, deadline: undefined }))
        .catch(() => undefined)
        .finally(() => this.#closing.delete(id))
    }
  }

  /** @throws OverloadedError when it has opened as many as are left */
  #checkShare(own: Opened, ofAddress: Opened): void {
    const { count } = this.options.table()
    const left = Math.max(SESSIONS_MAX - count, 1)
    if (own.count >= left) throw refused('connection', own, left)
    // Of those who share an address each may have one, while there is room.
    const isNewcomer = own.count === 0 && count < CROWDED
    if (ofAddress.count >= left && !isNewcomer) throw refused('address', ofAddress, left)
  }

  #openedBy(connection: ConnectionContext, ofAddress: Opened): Opened {
    if (connection.kind === 'http') return ofAddress
    const opened = this.#lately(this.#byConnection.get(connection))
    this.#byConnection.set(connection, opened)
    return opened
  }

  #openedAt(address: string): Opened {
    const opened = this.#lately(this.#byAddress.get(address))
    const [oldest] = this.#byAddress.keys()
    if (oldest !== undefined && this.#byAddress.size >= ADDRESSES_MAX) this.#byAddress.delete(oldest)
    this.#byAddress.set(address, opened)
    return opened
  }

  #lately(known: Opened | undefined): Opened {
    const now = this.options.clock.now()
    return known !== undefined && now - known.since < SESSION_TTL_MS ? known : { count: 0, since: now }
  }
}

function refused(whose: 'connection' | 'address', { count }: Opened, left: number): OverloadedError {
  return withoutStack(
    () =>
      new OverloadedError(
        `session.open was refused: this ${whose} has opened ${count} sessions of late, and ` +
          `${left} are left for all who call: close some, or ask again later`,
      ),
  )
}
