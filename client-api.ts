/** What programs and pages import alike: all that a client is, but for `connect`. */

export type { Batch, Together } from './lib/client/batch.js'
export type { ResolveOptions } from './lib/client/found.js'
export type {
  AtomicOptions,
  BatchOptions,
  ConnectOptions,
  LeaderCallOptions,
  Rollcall,
} from './lib/client/rollcall.js'
export type { MemberView } from './lib/client/views.js'
export type { CallOptions, GivenMeta, Signal } from './lib/rpc/proxies/call-options.js'
export type { Watch, WatchEvent, WatchOptions } from './lib/client/watch.js'
export { expose, exposed, oneway } from './lib/serving/marks.js'
export { callContext, type CallContext } from './lib/serving/context.js'
export type { ServedConnection } from './lib/serving/connections.js'
export { registerType, type RegisteredTypes, type TypeForm } from './lib/values/registered.js'

// Errors: what happened, and whether the call was executed.
export * from './lib/rpc/errors.js'
export { callErrorOf } from './lib/rpc/registered-errors.js'
export { fromWire, toWire, type WireError } from './lib/rpc/wire-error.js'

// The shipped objects, as their callers see them.
export type {
  BarrierApi,
  CounterApi,
  ElectionApi,
  IdGeneratorApi,
  KvApi,
  ListApi,
  LockApi,
  LogApi,
  MapApi,
  OnceApi,
  QueueApi,
  RateLimiterApi,
  ScheduleApi,
  SemaphoreApi,
  SetApi,
  ShippedApi,
  ShippedName,
} from './lib/shipped/index.js'
export type { Elected } from './lib/shipped/election.js'
export type { OnceAnswer, OnceOptions } from './lib/shipped/once.js'
export type { DeadJob, PutOptions, TakenJob, TakeOptions } from './lib/shipped/queue.js'
export type { Kv } from './lib/shipped/kv.js'
export type { KvCondition, KvOperation, KvTransacted, KvTransaction } from './lib/shipped/kv-transaction.js'
export type { LockHolder } from './lib/shipped/lock.js'
export type { LogItem } from './lib/shipped/log.js'
export type { ArriveOptions, BarrierState, Passage } from './lib/shipped/barrier.js'
export type { Rate, RateAnswer } from './lib/shipped/rate-limiter.js'
export type { BegunTick, LastTick, TickOptions } from './lib/shipped/schedule.js'
export type { SemaphoreState } from './lib/shipped/semaphore.js'
export type { Turn, TurnOptions } from './lib/shipped/turns.js'

// What a fleet shares.
export type { SharedList } from './lib/client/collections/list.js'
export type { SharedMap } from './lib/client/collections/map.js'
export type { SharedSet } from './lib/client/collections/set.js'

// What a fleet agrees upon.
export { BarrierBrokenError } from './lib/client/coordination/barrier-broken.js'
export { JobFailedError } from './lib/client/coordination/job-failed.js'
export { LeaseLostError } from './lib/client/coordination/lease-lost.js'
export type { CampaignOptions, Election, ElectedLeader } from './lib/client/coordination/election.js'
export type { Lock } from './lib/client/coordination/lock.js'
export type { JobRunOptions, Once } from './lib/client/coordination/once.js'
export type { Queue, QueuePutOptions, Worker, WorkOptions } from './lib/client/coordination/queue.js'
export type { QueuedJob } from './lib/client/coordination/worker.js'
export type { AcquireOptions, Held, Hold, LeaseOptions } from './lib/client/coordination/ports.js'
export type { Barrier } from './lib/client/coordination/barrier.js'
export type { IdGenerator, IdOptions } from './lib/client/coordination/id-generator.js'
export type { RateLimiter, RateOptions, RateTaken } from './lib/client/coordination/rate-limiter.js'
export type { EveryOptions, Schedule } from './lib/client/coordination/schedule.js'
export type { Tick } from './lib/client/coordination/scheduler.js'
export type { Semaphore } from './lib/client/coordination/semaphore.js'

// What signatures above are made of.
export type { MdnsOptions } from './lib/discovery/trust.js'
export type { Json, JsonObject } from './lib/json.js'
export type {
  LogRecord,
  MemberApi,
  MemberLeader,
  MemberStatus,
  MemberSummary,
  Shortage,
} from './lib/member.js'
export type {
  AssignOptions,
  Fence,
  ListOptions,
  NameRecord,
  NameServerApi,
  RegisterOptions,
} from './lib/names.js'
export type { ByteStream, PeerCertificate } from './lib/ports.js'
export type { WireLog } from './lib/rpc/channels/wire-log.js'
export type { AnswerMeta, CallMeta } from './lib/rpc/exposed.js'
export type { Reference } from './lib/rpc/kept-reference.js'
export type { Called, Remote, RemoteFunction, RemotePromise, RemoteStream } from './lib/rpc/proxies/remote.js'
export type { ClientCert, TlsOptions } from './lib/rpc/tls-options.js'
export type { Uri } from './lib/rpc/uri.js'
export type { FailedCall } from './lib/serving/handlers.js'
