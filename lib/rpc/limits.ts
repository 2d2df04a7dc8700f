/**
 * How much one connection may ask of a daemon. What all of them together have sent of messages that are not complete
 * yet is bounded by the transport: 128 MiB. So is their number, below what descriptors the process may have.
 */
export interface Limits {
  /** The longest message, in bytes, in and out. Default 16 MiB. */
  readonly frameBytesMax: number
  /**
   * The longest message but of a fellow, which may have the whole frame. Bytes. Default 6.5 MiB: the longest command's,
   * with every character escaped, and something around it.
   */
  readonly callBytesMax: number
  /** Calls of one connection that run at a time; beyond, it is read no further. Default 1,024. */
  readonly inflightCallsMax: number
  /** Bytes of messages of one connection that are not answered yet; beyond, it is read no further. Default 32 MiB. */
  readonly inputBytesMax: number
  /** Calls in one batch; beyond, the batch is refused as TOO_LARGE. Default 1,000. */
  readonly batchMax: number
  /** A connection without a valid call for this long, in milliseconds, is closed. Default 10,000. */
  readonly silenceMs: number
  /** A connection that leaves more than this unread, in bytes, is dropped. Default 64 MiB. */
  readonly outputBytesMax: number
  /**
   * While all connections together make the daemon hold more than this, in messages and in answers that they do not
   * read, the one that holds most is dropped. Default 256 MiB.
   */
  readonly heldBytesTotalMax: number
}

export const DEFAULT_LIMITS: Limits = {
  frameBytesMax: 16 * 1024 * 1024,
  callBytesMax: 6.5 * 1024 * 1024,
  inflightCallsMax: 1024,
  inputBytesMax: 32 * 1024 * 1024,
  batchMax: 1000,
  silenceMs: 10_000,
  outputBytesMax: 64 * 1024 * 1024,
  heldBytesTotalMax: 256 * 1024 * 1024,
}
