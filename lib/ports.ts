/**
 * All that the inside may ask of the world. The inside (everything in `lib` but `lib/system`) gets these through
 * its constructors and names nothing else that has a clock, a socket, a disk or chance in it. `lib/system` puts
 * them on Node's own modules; the simulator puts them on one seeded queue of events and runs the same classes.
 */

/** Milliseconds: a length of time, or a point on the clock that the docstring names. */
export type Ms = number & { readonly __unit: 'ms' }

/** The guarded door to {@link Ms}. Throws a RangeError for NaN, infinities and negative values. */
export function ms(value: number): Ms {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`not a time in milliseconds: ${value}`)
  return value as Ms
}

export interface Clock {
  /** Time since some fixed point of this process. Never goes back, not set by anyone. */
  now(): Ms
  /** Time since 1970 as the machine has it. May jump in both directions. */
  wall(): Ms
  /** Runs `task` once, `delay` from now or later; never inside this call. */
  after(delay: Ms, task: () => void): Timer
  /** Runs `task` once, after the input that is waiting already has been taken in. Keeps the order of calls. */
  soon(task: () => void): void
  /**
   * Which turn of its event loop the process is in: between two of them it looks for what has come in. Undefined, or left
   * out: nobody knows.
   */
  turn?(): number | undefined
}

export interface Timer {
  /** Harmless when the task has run or was cancelled before. */
  cancel(): void
}

/** A value that goes along with a task across all that it awaits, without being passed on. */
export interface Along {
  run<T>(value: object, task: () => T): T
  /** From here on it goes along with the task that runs now; undefined: nothing does. */
  enter(value: object | undefined): void
  /** That of the task which runs now. Undefined: it has none. */
  current(): object | undefined
}

export interface Random {
  /** A whole number from 0 up to, not including, `limit` (1 to 2^32), each equally likely. */
  below(limit: number): number
  /** A fresh universally unique identifier (RFC 9562, version 4). */
  identifier(): string
}

/** What secrets are compared and proved with. */
export interface Secrets {
  /** SHA-256 of the text in UTF-8, in hexadecimal. */
  digest(text: string): string
  /** HMAC-SHA-256 of the text in UTF-8, in hexadecimal: only who has the key can make it, and it does not tell the key. */
  seal(key: string, text: string): string
  /** Whether two such results are the same, in a time that does not tell where they differ. */
  areSame(one: string, other: string): boolean
}

/** What a log line carries beside its sentence. Values are printed, never interpreted. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Where lines for operators go. */
export interface Logger {
  /** For whoever looks for a fault. */
  debug(sentence: string, fields?: LogFields): void
  /** What happens in good order. */
  info(sentence: string, fields?: LogFields): void
  /** What needs somebody's eye. */
  warn(sentence: string, fields?: LogFields): void
  /** What needs somebody's hand. */
  error(sentence: string, fields?: LogFields): void
  /** A logger whose every line also carries `fields`. */
  with(fields: LogFields): Logger
}

/** Where a listener stands or a connection goes. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** What the certificate says of whoever is at the other end, who has proved that it is theirs. */
export interface PeerCertificate {
  /** Empty: it has none. */
  readonly commonName: string
  /** Names of the DNS, and addresses: `node1.example`, `10.0.0.1`. */
  readonly names: readonly string[]
  /** SHA-256 of the certificate, in 64 hexadecimal digits of lower case. */
  readonly fingerprint: string
}

/**
 * A two-way stream of whole messages: lines over TCP, or text messages of a WebSocket. Messages keep their order, and
 * so do the frames between them: bytes with a head that says how long they are (lib/rpc/messages/frames.ts).
 * What is sent in one turn of the event loop goes out in one write.
 */
export interface Channel {
  readonly kind: 'lines' | 'websocket'
  /** The other end, for logs: `127.0.0.1:53112`. */
  readonly remote: string
  /** The other end has come in by a socket of this machine. Default false. */
  readonly isLocal?: boolean
  /** Signed by an authority that this side trusts, and of a connection that has come in. Absent: it has shown none. */
  readonly peerCertificate?: PeerCertificate | undefined
  /** The token of the request that it began with, from the header Authorization. Absent: there was none. */
  readonly bearer?: string | undefined
  /** Bytes accepted by `send` that the other end's buffers have not taken yet. */
  readonly bufferedBytes: number
  /** Of a message that is coming in, what has come. Zero where it is not known before it is whole. */
  readonly unfinishedBytes: number
  /** Queues one message (without a line's end). Ignored after the channel has closed. */
  send(message: string): void
  /**
   * Queues one frame, which must not change any more. Ignored after the channel has closed. Left out: it carries text
   * alone.
   */
  readonly sendFrame?: ((frame: Uint8Array) => void) | undefined
  /**
   * Stops the delivery of messages until `resume`; one that is being delivered may still be followed by others of the
   * same read.
   */
  pause(): void
  resume(): void
  /** Shows the other end that somebody is here, between two messages; where output waits, that will do. */
  sign(): void
  /** Sends what is queued, then closes. A WebSocket says why, by its code and, cut to 123 bytes, the sentence. */
  close(why?: Ending, sentence?: string): void
  /** Closes at once; what is queued is lost. */
  destroy(): void
}

/** A channel that this process has opened. */
export interface DialledChannel extends Channel {
  /** Of what had to wait, the bytes that the other end's buffers have taken so far: while this grows, it is there. */
  readonly takenBytes: number
  /** What the other end has shown itself by, to who trusts its authority and has dialled its host. Absent: nothing. */
  readonly dialledCertificate?: PeerCertificate | undefined
}

/** Why a channel is closed by the side that serves. Default: all is said. */
export type Ending = 'policy' | 'too-large' | 'overloaded' | 'going-away'

/** A connection, as a sum sees it that has a limit. */
export interface Holder {
  /** What it makes the process hold: what it sent that is not dealt with, and what it has not read. */
  readonly heldBytes: number
  /** Ends it at once. It holds nothing from then on. */
  drop(): void
}

/** What a channel's owner hears. Nothing is called after `closed`. */
export interface ChannelHandlers {
  /** One message, in the order of the wire. Never longer than the frame limit. */
  message(text: string): void
  /** Whether frames may come, asked with each read. Left out: none; what looks like one is a message that is no text. */
  readonly takesFrames?: boolean
  /** One frame, which is the hearer's own from then on. Never longer than the frame limit. */
  frame?(frame: Uint8Array): void
  /** Bytes have come, before the messages that they complete, and if they complete none. */
  heard?(): void
  /** `bufferedBytes` has gone back to zero after having been above the transport's high-water mark. */
  drained(): void
  /** The other end sends no more, but may still read: the owner closes the channel. Left out: it is closed at once. */
  finished?(): void
  /** Exactly once, at the end. `reason` is absent when the other end closed in peace. */
  closed(reason: Error | undefined): void
  /**
   * How long a message may be, in bytes, that is longer than 64 KiB and begins with `head`. Left out: as the frame
   * limit says.
   */
  longest?(head: string): number
  /** A message was longer than that: its beginning and its end. */
  tooLong?(ends: string): void
  /** The other end is a fellow, who has shown who it is: it keeps its place when there are too many connections. */
  readonly isFavoured?: boolean
  /** The other end has made a call, and shown who it is, where that is asked. */
  readonly isKnown?: boolean
}

/** A channel that this process opens. `opened` comes before the first message, or `closed` comes instead. */
export interface DialHandlers extends ChannelHandlers {
  opened(): void
}

/** Whoever keeps something for a connection that has come in. Each is called once at most, and nothing after `gone`. */
export interface EndHearer {
  /** The other end sends no more, and may still read. */
  finished?(): void
  /** Nobody is there to be answered. */
  gone(): void
  /** Whether it keeps nothing just now that would be lost with the connection. Left out: it keeps something. */
  isAtRest?(): boolean
}

/** Has `hearer` told, or tells it at once what is so already. */
export type OnEnd = (hearer: EndHearer) => void

/** What a listener's owner does with what comes in. */
export interface Acceptor {
  /** A lines or WebSocket connection has come in. Its messages go to the handlers returned. */
  accept(channel: Channel): ChannelHandlers
  /** An HTTP POST of one JSON text. Undefined: there is nothing to say (a notification). Never rejects. */
  exchange(text: string, from: Requester): Promise<string | undefined>
  /** An HTTP GET of `path`, which has passed the checks of Host and Origin. Undefined: there is no such page. */
  page(path: string, from: Requester): Promise<Page | undefined>
  /** The longest body of HTTP or message of a WebSocket, in bytes. Default: the frame limit. */
  readonly webBytesMax?: number
  /** Whether whoever sends a request of HTTP has shown who it is, by its head alone. Left out: nobody asks. */
  isKnown?(from: Requester): boolean
  /**
   * To be awaited before `isKnown`, where it takes time to find out by its head who sends a request of HTTP. Never
   * rejects. Left out: there is nothing to wait for.
   */
  judging?(from: Requester): Promise<void> | undefined
  /**
   * The longest message of a WebSocket, or body of HTTP, of whoever is not known, in bytes. Default: as of everybody.
   */
  readonly strangerBytesMax?: number | undefined
  /** More of the answers of a connection of HTTP waits than it reads. It may be dropped. */
  grown?(holder: Holder): void
  /** `grown` was told of it, and it holds nothing any more. */
  shrunk?(holder: Holder): void
  /** What Host may say beside the listener's own name, with or without a port: `node1.example`. Default none. */
  readonly hosts?: readonly string[]
  /** Origins beside the listener's own whose pages may call: `https://app.example`. Default none. */
  readonly origins?: readonly string[]
  /** An HTTP request to any other path, which has passed the same checks. Never rejects. Left out: 404. */
  web?(request: WebRequest): Promise<WebAnswer>
  /** The transport did not take what came in: answers it before the channel closes. */
  refuse(reason: Refusal): string
}

/**
 * Why a transport does not take a message: it is none, it is longer than the frame limit, or than that of whoever is
 * not known, all connections together have sent more of unfinished messages than the process holds, and this one the
 * most, or there are too many connections, and this one came last or has said nothing for the longest time.
 */
export type Refusal = 'garbage' | 'too-large' | 'too-large-of-stranger' | 'overloaded' | 'too-many'

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** Beside those of every answer; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Who has sent a request of HTTP. */
export interface Requester {
  /** The other end, for logs. */
  readonly remote: string
  /** As of a channel. */
  readonly peerCertificate?: PeerCertificate | undefined
  /** Its token, from the header Authorization. Absent: it has none. */
  readonly bearer?: string | undefined
  /** For whoever keeps something for it until it is answered. Absent: its end is not known. */
  readonly onEnd?: OnEnd
}

/** A GET, or a POST of one JSON text. */
export interface WebRequest extends Requester {
  readonly method: 'GET' | 'POST'
  /** As it was sent, with its escapes: `/kv/get`. */
  readonly path: string
  /** What stands behind the `?`, or nothing. */
  readonly query: string
  /** Empty for a GET. */
  readonly body: string
  /** W3C Trace Context, from the header of that name. */
  readonly traceparent: string | undefined
}

export interface WebAnswer {
  readonly status: number
  /** JSON text. */
  readonly body: string
  /** Beside those of every answer; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A two-way stream of bytes that somebody else has opened: a Duplex of node:stream. The transport alone looks into it. */
export interface ByteStream {
  readonly readable: boolean
  readonly writable: boolean
}

export interface Transport {
  /** Starts to connect. Everything, failure too, is told through the handlers, never inside this call. */
  dial(address: Address, handlers: DialHandlers): DialledChannel
  /** Rejects when the address can't be had (taken, not permitted, unknown host). */
  listen(address: Address, acceptor: Acceptor): Promise<Listener>
  /** Lines come over it, from now on. Left out: it takes no such streams. @throws InvalidParamsError for what is none */
  accept?(stream: ByteStream, acceptor: Acceptor): void
}

export interface Listener {
  /** The address in use, with the port that the system chose when 0 was asked for. */
  readonly address: Address
  /** Takes no more connections; those that are open stay. Left out: it takes them until it is closed. */
  stop?(): void
  /** Takes no more connections and destroys those that are open. */
  close(): Promise<void>
}

/** A folder of files on durable storage. Paths are relative to the folder and have no separators in them. */
export interface Disk {
  /** Names of all files in the folder, sorted. */
  list(): Promise<readonly string[]>
  /** Opens a file for reading and writing, made empty if it does not exist. */
  open(name: string): Promise<DiskFile>
  /** Replaces `to` if it exists. Atomic. Durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  /** Makes the making, renaming and removal of files durable. */
  syncFolder(): Promise<void>
  /** The folder's path or name, for messages. */
  readonly name: string
}

export interface DiskFile {
  size(): Promise<number>
  /**
   * Reads up to `length` bytes at `offset`; shorter only at the end of the file. Maybe into `memory`, where that is large
   * enough.
   */
  read(offset: number, length: number, memory?: Uint8Array): Promise<Uint8Array>
  /** Writes all of `bytes` at `offset`, beyond the end too. Visible to reads at once, durable after `sync`. */
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** Resolves when all that was written before the call is on durable storage. After a rejection nothing is known. */
  sync(): Promise<void>
  /**
   * As `write` and then `sync`, where all that was written before is durable already. Left out: these two are as good.
   */
  writeDurably?(offset: number, bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/**
 * Ends the process when a method of an object runs for too long: nothing on the method's own thread could. It says
 * which method, and for which entry.
 */
export interface Watchdog {
  /**
   * Makes a method known by its name, `visits.visit`; the number stands for it from then on. The same for the same
   * name.
   */
  enrol(name: string): number
  /** The method begins to run, for the command at `index` of the log, or for a query: 0. One runs at a time. */
  started(method: number, index: number): void
  ended(): void
}
