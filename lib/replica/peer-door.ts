/** The way in for the other members: hello first, then Raft's requests, under the id that the hello has settled. */
import type { Json } from '../json.js'
import type { Exchange, Input, RaftView, Request, Response, ServerId } from '../raft/types.js'
import { exchange, serverId } from '../raft/types.js'
import { OverloadedError, UnauthorizedError } from '../rpc/errors.js'
import type { CallContext, ConnectionContext, ExposedMethod } from '../rpc/host.js'
import type { Divergence } from './divergence.js'
import type { Hello } from './hello.js'
import { helloToJson, isNamed, judge, readHello, wiped } from './hello.js'
import { readRequest, responseToJson, senderOf } from './messages.js'
import { text } from './shape.js'
import type { Vouchers } from './vouchers.js'

export interface PeerDoorOptions {
  readonly hello: () => Hello
  readonly view: () => RaftView
  readonly take: (input: Input) => void
  readonly vouchers: Vouchers
  /** The member that the hello has settled says where it is now. */
  readonly moved: (id: ServerId, uri: string) => Promise<Json>
  readonly divergence: Pick<Divergence, 'digest' | 'parted'>
}

interface Waiting {
  readonly from: Hello
  readonly resolve: (answer: Json) => void
  readonly reject: (error: Error) => void
}

/** Most requests of the others that wait for an answer of this member's core and disk. */
const WAITING_MAX = 1024

export class PeerDoor {
  readonly #greeted = new WeakMap<ConnectionContext, Hello>()
  readonly #waiting = new Map<Exchange, Waiting>()
  #nextExchange = 1

  constructor(private readonly options: PeerDoorOptions) {}

  get methods(): [string, ExposedMethod][] {
    const request = (type: Request['type']): [string, ExposedMethod] => [
      type,
      { kind: 'plain', handler: ([json], context) => this.#request(type, json, context) },
    ]
    return [
      ['hello', { kind: 'plain', handler: ([json], context) => this.#hello(json, context) }],
      request('preVote'),
      request('requestVote'),
      request('appendEntries'),
      request('installSnapshot'),
      request('readIndex'),
      request('timeoutNow'),
      ['vouch', { kind: 'plain', handler: ([id, drawn], context) => this.#vouch(id, drawn, context) }],
      ['address', { kind: 'plain', handler: ([uri], context) => this.#address(uri, context) }],
      ['digest', { kind: 'plain', handler: ([index], context) => this.#digest(index, context) }],
      ['parted', { kind: 'plain', handler: (params, context) => this.#parted(params, context) }],
    ]
  }

  #hello(json: Json | undefined, { connection }: CallContext): Json {
    const other = readHello(json)
    const own = this.options.hello()
    this.#judge(other, own)
    this.#greeted.set(connection, other)
    return helloToJson(own)
  }

  /** A stranger is refused; if the others vouch for it, its next hello will be taken. */
  #judge(other: Hello, own: Hello): void {
    const { view, vouchers } = this.options
    const isVouched = vouchers.hasVouched(other.id, other.incarnation)
    try {
      judge(other, own, view(), isVouched)
    } catch (error) {
      if (!isNamed(other.id, view())) vouchers.inquire(other.id, other.incarnation)
      throw error
    }
  }

  #vouch(id: Json | undefined, drawn: Json | undefined, { connection }: CallContext): Json {
    this.#senderOn(connection, 'vouch')
    const view = this.options.view()
    const member = serverId(text(id, 'a member id'))
    const pinned = view.pins.get(member)
    return isNamed(member, view) && (pinned === undefined || pinned === drawn)
  }

  #address(uri: Json | undefined, { connection }: CallContext): Promise<Json> {
    return this.options.moved(this.#senderOn(connection, 'address').id, text(uri, 'a URI'))
  }

  #digest(index: Json | undefined, { connection }: CallContext): Json {
    this.#senderOn(connection, 'digest')
    return this.options.divergence.digest(index)
  }

  #parted([index, digest, isExact]: readonly Json[], { connection }: CallContext): Json {
    this.#senderOn(connection, 'parted')
    return this.options.divergence.parted(index, digest, isExact)
  }

  #senderOn(connection: ConnectionContext, what: string): Hello {
    const from = this.#greeted.get(connection)
    if (from !== undefined) return from
    throw new UnauthorizedError(`${what} is for members of the cluster: say hello first`)
  }

  #request(type: Request['type'], json: Json | undefined, { connection }: CallContext): Promise<Json> {
    const from = this.#senderOn(connection, type)
    const message = readRequest(type, json)
    const sender = senderOf(message)
    if (sender !== from.id) throw new UnauthorizedError(`${type} in the name of ${sender} by ${from.id}`)
    if (this.#waiting.size >= WAITING_MAX)
      throw new OverloadedError(`${type}: ${WAITING_MAX} requests wait already`)
    return this.#pass(from, message)
  }

  #pass(from: Hello, message: Request): Promise<Json> {
    const id = exchange(this.#nextExchange++)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { from, resolve, reject })
      this.options.take({
        type: 'request',
        from: from.id,
        incarnation: from.incarnation,
        message,
        exchange: id,
      })
    })
  }

  answer(id: Exchange, message: Response): void {
    this.#takeOut(id)?.resolve(responseToJson(message))
  }

  /** The cluster has pinned another incarnation of the sender. */
  reject(id: Exchange): void {
    const waiting = this.#takeOut(id)
    waiting?.reject(wiped(waiting.from.id))
  }

  /** The replica ends: nothing that waits will be answered. */
  close(): void {
    for (const { reject } of this.#waiting.values()) reject(new OverloadedError('this member is stopping'))
    this.#waiting.clear()
  }

  #takeOut(id: Exchange): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}
