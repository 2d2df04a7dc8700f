import type {
  AppendEntries,
  AppendEntriesResponse,
  Exchange,
  Incarnation,
  Input,
  InstallSnapshot,
  InstallSnapshotResponse,
  PreVote,
  PreVoteResponse,
  ReadIndex,
  ReadIndexResponse,
  Request,
  RequestVote,
  RequestVoteResponse,
  Response,
  ServerId,
  TimeoutNow,
  TimeoutNowResponse,
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
  readonly installSnapshot: IncomingRequest<InstallSnapshot>
  readonly readIndex: IncomingRequest<ReadIndex>
  readonly timeoutNow: IncomingRequest<TimeoutNow>
  readonly preVoteResponse: IncomingResponse<PreVoteResponse>
  readonly requestVoteResponse: IncomingResponse<RequestVoteResponse>
  readonly appendEntriesResponse: IncomingResponse<AppendEntriesResponse>
  readonly installSnapshotResponse: IncomingResponse<InstallSnapshotResponse>
  readonly readIndexResponse: IncomingResponse<ReadIndexResponse>
  readonly timeoutNowResponse: IncomingResponse<TimeoutNowResponse>
  readonly peerUnreachable: InputOf<'peerUnreachable'>
  readonly propose: InputOf<'propose'>
  readonly read: InputOf<'read'>
  readonly configure: InputOf<'configure'>
  readonly transfer: InputOf<'transfer'>
  readonly compact: InputOf<'compact'>
  readonly chunkStored: InputOf<'chunkStored'>
  readonly snapshotStored: InputOf<'snapshotStored'>
  readonly persisted: InputOf<'persisted'>
  readonly applied: InputOf<'applied'>
  readonly storageStalled: InputOf<'storageStalled'>
  readonly stop: InputOf<'stop'>
}

export type EventType = keyof Events
