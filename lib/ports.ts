/**
 * Everything that the inside may ask of the world. The inside (all of `lib` but `lib/system` and `lib/browser`) gets
 * these ports through its constructors, and touches no other clock, socket, disk or source of randomness. `lib/system`
 * implements them with Node's own modules; the simulator implements them on one seeded queue of events, and runs the
 * same classes.
 */

/** Milliseconds: a duration, or a point in time on the clock that the docstring names. */
export type Ms = number & { readonly __unit: 'ms' }

/** Makes {@link Ms}. @throws RangeError for NaN, infinities and negative values */
export function ms(value: number): Ms {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`not a time in milliseconds: ${value}`)
  return value as Ms
}

/** One turn of the event loop of this process: between two of them it looks for what has come in. */
export interface Turn {
  /** When it was first asked about, on `now()`. */
  readonly began: Ms
}

export interface Clock {
  /** Monotonic time since some fixed point of this process. Never goes back, and nobody can set it. */
  now(): Ms
  /** Wall-clock time since 1970. May jump in both directions. */
  wall(): Ms
  /** Runs `task` once, `delay` from now or later; never within this call. */
  after(delay: Ms, task: () => void): Timer
  /** Runs `task` once, after all input that is already waiting has been read. Tasks run in the order of these calls. */
  soon(task: () => void): void
  /**
   * The current turn of the event loop, the same object as long as it lasts; between two turns the process looks for
   * new input. Undefined, or absent: not known.
   */
  turn?(): Turn | undefined
}

export interface Timer {
  /** Harmless if the task has already run or been cancelled. */
  cancel(): void
}

/** A value that accompanies a task across everything that it awaits, without being passed as an argument. */
export interface Along {
  /** Runs `task`, accompanied by `value`. */
  run<T>(value: object, task: () => T): T
  /** From now on, `value` accompanies the current task; undefined: nothing does. */
  enter(value: object | undefined): void
  /** The value of the current task. Undefined: it has none. */
  current(): object | undefined
}

export interface Random {
  /** A whole number from 0 up to, not including, `limit` (1 to 2^32), each equally likely. */
  below(limit: number): number
  /** A fresh universally unique identifier (RFC 9562, version 4). */
  identifier(): string
}

/** What secrets are proved and compared with. */
export interface Secrets {
  /** SHA-256 of the text in UTF-8, in hexadecimal. */
  digest(text: string): string
  /**
   * HMAC-SHA-256 of the text in UTF-8, in hexadecimal: only a holder of the key can make it, and it does not reveal the
   * key.
   */
  seal(key: string, text: string): string
  /** Whether two such results are equal, in a time that does not reveal where they differ. */
  areSame(one: string, other: string): boolean
}

/** What a log line carries besides its sentence. Values are printed, never interpreted. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Where lines for operators go. */
export interface Logger {
  /** Details for debugging. */
  debug(sentence: string, fields?: LogFields): void
  /** Normal events. */
  info(sentence: string, fields?: LogFields): void
  /** Something an operator should look at. */
  warn(sentence: string, fields?: LogFields): void
  /** Something an operator has to fix. */
  error(sentence: string, fields?: LogFields): void
  /** A logger whose every line also carries `fields`. */
  with(fields: LogFields): Logger
}

/** Where a listener listens, or a connection goes. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The certificate that the other end has shown, and proved to be its own. */
export interface PeerCertificate {
  /** Empty if it has none. */
  readonly commonName: string
  /** Its DNS names and addresses: `node1.example`, `10.0.0.1`. */
  readonly names: readonly string[]
  /** SHA-256 of the certificate, as 64 lower-case hexadecimal digits. */
  readonly fingerprint: string
}

/**
 * A two-way stream of whole messages: lines over TCP, or text messages of a WebSocket. Messages keep their order, and
 * so do the frames between them: bytes with a header that gives their length (lib/rpc/messages/frames.ts). Everything
 * sent in one turn of the event loop goes out in one write.
 */
export interface Channel {
  readonly kind: 'lines' | 'websocket'
  /** The address of the other end, for logs: `127.0.0.1:53112`. */
  readonly remote: string
  /** Whether the other end connected through a Unix socket of this machine. Default false. */
  readonly isLocal?: boolean
  /** The certificate of an accepted connection, signed by an authority that this end trusts. Absent: none was shown. */
  readonly peerCertificate?: PeerCertificate | undefined
  /** The token in the Authorization header of the request that it began with. Absent: there was none. */
  readonly bearer?: string | undefined
  /** Bytes accepted by `send` that the other end's buffers have not taken yet. */
  readonly bufferedBytes: number
  /** Bytes received of a message that is not complete. Zero if that is not known before it is. */
  readonly unfinishedBytes: number
  /** Queues one message (without a line end). Ignored after the channel has closed. */
  send(message: string): void
  /**
   * Queues one frame, which must not change any more. Ignored after the channel has closed. Absent: it carries text
   * only.
   */
  readonly sendFrame?: ((frame: Uint8Array) => void) | undefined
  /** Stops the delivery of messages until `resume`, except for further ones of the read that is being delivered. */
  pause(): void
  resume(): void
  /** Shows the other end, between two messages, that this end is alive. Does nothing while output is waiting. */
  sign(): void
  /**
   * Sends what is queued, then closes. A WebSocket gives the reason, by its code and, cut to 123 bytes, the sentence.
   */
  close(why?: Ending, sentence?: string): void
  /** Closes at once; whatever is queued is lost. */
  destroy(): void
}

/** A channel that this process has opened. */
export interface DialledChannel extends Channel {
  /**
   * How many bytes of delayed output the other end's buffers have taken so far: while this grows, the other end is
   * alive.
   */
  readonly takenBytes: number
  /** The certificate of the other end, whose authority this end trusts, for the host that was dialled. Absent: none. */
  readonly dialledCertificate?: PeerCertificate | undefined
}

/** Why the serving end closes a channel. Default: the conversation is over. */
export type Ending = 'policy' | 'too-large' | 'overloaded' | 'going-away'

/** A connection, as seen by a limit on the sum of all. */
export interface Holder {
  /** How much it makes the process hold: messages it sent that are not dealt with, and answers it has not read. */
  readonly heldBytes: number
  /** Ends it at once. It holds nothing from then on. */
  drop(): void
}

/** The callbacks of a channel's owner. None is called after `closed`. */
export interface ChannelHandlers {
  /** One message, in the order of the wire. Never longer than the frame limit. */
  message(text: string): void
  /**
   * Whether frames are accepted; read with each chunk of input. Absent: they are not, and one is taken for a bad
   * message.
   */
  readonly takesFrames?: boolean
  /** One frame, which belongs to the callee from then on. Never longer than the frame limit. */
  frame?(frame: Uint8Array): void
  /** Bytes have arrived. Called before the messages that they complete, and even if they complete none. */
  heard?(): void
  /** `bufferedBytes` has gone back to zero after having been above the transport's high-water mark. */
  drained(): void
  /**
   * The other end sends no more, but may still read; the owner is to close the channel. Absent: it is closed at once.
   */
  finished?(): void
  /** Called exactly once, at the end. `reason` is absent if the other end closed in an orderly way. */
  closed(reason: Error | undefined): void
  /**
   * How many bytes a message may have that begins with `head` and exceeds 64 KiB. Absent: as many as the frame limit.
   */
  longest?(head: string): number
  /** A message was longer than that: its beginning and its end. */
  tooLong?(ends: string): void
  /** The other end is a fellow member and has proved it: it keeps its place when there are too many connections. */
  readonly isFavoured?: boolean
  /** The other end has made a call and, where that is required, shown who it is. */
  readonly isKnown?: boolean
}

/** For a channel that this process opens: `opened` comes before the first message, or `closed` comes instead. */
export interface DialHandlers extends ChannelHandlers {
  opened(): void
}

/** Something that is kept for an accepted connection. Each method is called at most once, and none after `gone`. */
export interface EndHearer {
  /** The other end sends no more, but may still read. */
  finished?(): void
  /** The connection has ended: there is nobody to answer. */
  gone(): void
  /** Whether nothing is kept at the moment that would be lost with the connection. Absent: something is. */
  isAtRest?(): boolean
}

/** Registers `hearer`, and tells it at once what has already happened. */
export type OnEnd = (hearer: EndHearer) => void

/** How a listener's owner handles what comes in. */
export interface Acceptor {
  /** A new connection of lines or WebSocket messages, which go to the handlers returned. */
  accept(channel: Channel): ChannelHandlers
  /** An HTTP POST of one JSON text. Undefined: there is no answer (to a notification). Never rejects. */
  exchange(text: string, from: Requester): Promise<string | undefined>
  /** An HTTP GET of `path`, which has passed the checks of Host and Origin. Undefined: there is no such page. */
  page(path: string, from: Requester): Promise<Page | undefined>
  /** The longest HTTP body, in bytes. Default: the frame limit. */
  readonly bodyBytesMax?: number
  /** Whether the sender of an HTTP request is known, judging by its headers alone. Absent: that is not asked. */
  isKnown?(from: Requester): boolean
  /**
   * Awaited before `isKnown`, if identifying the sender takes time. Never rejects. Undefined, or absent: it does not.
   */
  judging?(from: Requester): Promise<void> | undefined
  /** The longest HTTP body or WebSocket message of a sender that is not known, in bytes. Default: as of all. */
  readonly strangerBytesMax?: number | undefined
  /** More answers are waiting on an HTTP connection than it reads. It may be dropped. */
  grown?(holder: Holder): void
  /** A connection that was reported to `grown` no longer holds anything. */
  shrunk?(holder: Holder): void
  /**
   * What the Host header may say besides the listener's own names, with or without a port: `node1.example`. Default
   * none.
   */
  readonly hosts?: readonly string[]
  /** Origins besides the listener's own whose pages may call: `https://app.example`. Default none. */
  readonly origins?: readonly string[]
  /** An HTTP request to any other path, which has passed the same checks. Never rejects. Absent: 404. */
  web?(request: WebRequest): Promise<WebAnswer>
  /** The transport refuses what came in. Returns the answer to send before the channel is closed. */
  refuse(reason: Refusal): string
}

/**
 * Why a transport refuses a message or a connection: `garbage`, it is not a message; `too-large`, it exceeds the frame
 * limit, or `too-large-of-stranger`, that for senders that are not known; `overloaded`, the unfinished messages of all
 * connections exceed what the process holds, and this one's is the largest; `too-many`, there are too many connections,
 * and this one came last, or has been silent for the longest time.
 */
export type Refusal = 'garbage' | 'too-large' | 'too-large-of-stranger' | 'overloaded' | 'too-many'

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** In addition to those of every answer; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The sender of an HTTP request. */
export interface Requester {
  /** The address of the other end, for logs. */
  readonly remote: string
  /** As in {@link Channel}. */
  readonly peerCertificate?: PeerCertificate | undefined
  /** The token in the Authorization header. Absent: there is none. */
  readonly bearer?: string | undefined
  /** For what is kept until the request is answered. Absent: the end of its connection is not known. */
  readonly onEnd?: OnEnd
}

/** A GET, or a POST of one JSON text. */
export interface WebRequest extends Requester {
  readonly method: 'GET' | 'POST'
  /** As it was sent, with its escapes: `/kv/get`. */
  readonly path: string
  /** What follows the `?`, or empty. */
  readonly query: string
  /** Empty for a GET. */
  readonly body: string
  /** W3C Trace Context, from the header `traceparent`. */
  readonly traceparent: string | undefined
}

export interface WebAnswer {
  readonly status: number
  /** JSON text. */
  readonly body: string
  /** In addition to those of every answer; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A two-way stream of bytes that somebody else has opened: a Duplex of node:stream. Only the transport uses its
 * content.
 */
export interface ByteStream {
  readonly readable: boolean
  readonly writable: boolean
}

export interface Transport {
  /** Starts to connect. Everything, including failure, is reported through the handlers, never within this call. */
  dial(address: Address, handlers: DialHandlers): DialledChannel
  /** Rejects if it can't listen there (address in use, not permitted, unknown host). */
  listen(address: Address, acceptor: Acceptor): Promise<Listener>
  /**
   * Reads lines from the stream from now on. Absent: it takes no streams. @throws InvalidParamsError if it is not one
   */
  accept?(stream: ByteStream, acceptor: Acceptor): void
}

export interface Listener {
  /** The address in use, with the port that the system chose when 0 was asked for. */
  readonly address: Address
  /** Accepts no more connections; open ones stay. Absent: it accepts them until it is closed. */
  stop?(): void
  /** Accepts no more connections, and destroys the open ones. */
  close(): Promise<void>
}

/** A folder of files on durable storage. Names contain no separators. */
export interface Disk {
  /** Names of all files in the folder, sorted. */
  list(): Promise<readonly string[]>
  /** Opens a file for reading and writing, creating it empty if it does not exist. */
  open(name: string): Promise<DiskFile>
  /** Renames a file, replacing `to` if that exists. Atomic. Durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  /** Makes the creation, renaming and removal of files durable. */
  syncFolder(): Promise<void>
  /** The folder's path or name, for messages. */
  readonly name: string
}

export interface DiskFile {
  size(): Promise<number>
  /**
   * Reads up to `length` bytes at `offset`; shorter only at the end of the file. It may read into `memory`, if that is
   * large enough.
   */
  read(offset: number, length: number, memory?: Uint8Array): Promise<Uint8Array>
  /** Writes all of `bytes` at `offset`, even beyond the end. Visible to reads at once, durable after `sync`. */
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** Resolves when everything written before the call is on durable storage. After a rejection nothing is known. */
  sync(): Promise<void>
  /**
   * Like `write` followed by `sync`, if everything before is already durable. Absent: it would be no faster than these.
   */
  writeDurably?(offset: number, bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/**
 * Ends the process if a method of an object runs for too long, which nothing on the method's own thread could do. It
 * reports which method it was, and for which entry.
 */
export interface Watchdog {
  /** Registers a method by its name, `visits.visit`, and returns a number for it. The same name has the same number. */
  enrol(name: string): number
  /** The method begins to run, for the command at `index` of the log, or for a query (0). Only one runs at a time. */
  started(method: number, index: number): void
  ended(): void
}
