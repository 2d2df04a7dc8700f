/** What the table has a row for: each kind of message, and each other input. */
import type { Lineage } from './starts.js'
import type {
  Exchange,
  Incarnation,
  Input,
  Request,
  RequestOf,
  Response,
  ResponseOf,
  ServerId,
} from './types.js'

export interface IncomingRequest<M extends Request> {
  readonly from: ServerId
  readonly incarnation: Incarnation
  readonly starts?: Lineage | undefined
  readonly message: M
  readonly exchange: Exchange
}

export interface IncomingResponse<M extends Response> {
  readonly from: ServerId
  readonly incarnation: Incarnation
  readonly starts?: Lineage | undefined
  readonly message: M
}

/** Who has spoken. */
export type Speaker = Pick<IncomingResponse<Response>, 'from' | 'incarnation' | 'starts'>

/** Those that carry no message. */
export type OwnInput = Exclude<Input, { readonly type: 'request' | 'response' }>
export type OwnInputOf<T extends OwnInput['type']> = OwnInput & { readonly type: T }

export type Events = { readonly [T in Request['type']]: IncomingRequest<RequestOf<T>> } & {
  readonly [T in Response['type']]: IncomingResponse<ResponseOf<T>>
} & { readonly [T in OwnInput['type']]: OwnInputOf<T> }

export type EventType = keyof Events
