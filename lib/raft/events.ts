import type {
  AppendEntries,
  AppendEntriesResponse,
  Exchange,
  Incarnation,
  Input,
  PreVote,
  PreVoteResponse,
  Request,
  RequestVote,
  RequestVoteResponse,
  Response,
  ServerId,
} from './types.js'

export interface IncomingRequest<M extends Request> {
  readonly from: ServerId
  readonly incarnation: Incarnation
  readonly message: M
  readonly exchange: Exchange
}

export interface IncomingResponse<M extends Response> {
  readonly from: ServerId
  readonly incarnation: Incarnation
  readonly message: M
}

type InputOf<T extends Input['type']> = Extract<Input, { type: T }>

/** What the table has a row for: each kind of message, and each other input. */
export interface Events {
  readonly tick: InputOf<'tick'>
  readonly preVote: IncomingRequest<PreVote>
  readonly requestVote: IncomingRequest<RequestVote>
  readonly appendEntries: IncomingRequest<AppendEntries>
  readonly preVoteResponse: IncomingResponse<PreVoteResponse>
  readonly requestVoteResponse: IncomingResponse<RequestVoteResponse>
  readonly appendEntriesResponse: IncomingResponse<AppendEntriesResponse>
  readonly peerUnreachable: InputOf<'peerUnreachable'>
  readonly propose: InputOf<'propose'>
  readonly read: InputOf<'read'>
  readonly persisted: InputOf<'persisted'>
  readonly applied: InputOf<'applied'>
  readonly storageStalled: InputOf<'storageStalled'>
  readonly stop: InputOf<'stop'>
}

export type EventType = keyof Events
