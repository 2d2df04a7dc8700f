/**
 * What a stream is read from. Iterators wait until somebody asks them. Streams of the platform, Readable of Node.js and
 * ReadableStream of the web, hold a file or a socket before anybody has begun to read, and may fail before; and who
 * leaves them while they have nothing to say is heard by them alone, as their iterators end what was asked first.
 */

/** Nothing is begun before it is asked for. */
export interface StreamSource {
  /** What an iterator's `next` brings. */
  next(): unknown
  /** Nobody reads it any more, whether or not somebody has begun, or waits. */
  leave(): unknown
}

export function sourceOf(stream: object): StreamSource {
  if (isWebStream(stream)) return new WebSource(stream)
  return isNodeStream(stream) ? new NodeSource(stream) : new IteratorSource(stream)
}

const watched = new WeakSet<object>()

/**
 * For a stream that is going to be read, but perhaps not yet: an error of Node's that nobody listens to ends the process,
 * and its reader hears of it when he begins.
 */
export function bearErrors(stream: object): void {
  if (!isNodeStream(stream) || watched.has(stream)) return
  watched.add(stream)
  stream.on('error', () => undefined)
}

/** For what a method has brought, and nobody gets: a stream of the platform is closed. All else is passed over. */
export function leaveUnread(brought: unknown): void {
  if (typeof brought !== 'object' || brought === null || !isSurelyStream(brought)) return
  try {
    Promise.resolve(sourceOf(brought).leave()).catch(() => undefined)
  } catch {
    // That is its own affair.
  }
}

/** Above all iterators of the language, generators among them. */
const ITERATOR: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object

/** The same of anything: what throws when it is looked at is none. */
export function isSurelyStream(value: object): boolean {
  try {
    return isStream(value)
  } catch {
    return false
  }
}

/**
 * What is read asynchronously, and iterators of the language. What is iterable besides has more to it, or is a value.
 */
export function isStream(value: object): boolean {
  return (
    typeof Reflect.get(value, Symbol.asyncIterator) === 'function' ||
    Object.prototype.isPrototypeOf.call(ITERATOR, value)
  )
}

class IteratorSource implements StreamSource {
  readonly #stream: object
  #iterator: object | undefined

  constructor(stream: object) {
    this.#stream = stream
  }

  next(): unknown {
    return callOf((this.#iterator ??= iteratorOf(this.#stream)), 'next')
  }

  leave(): unknown {
    const iterator = this.#iterator ?? (isIterator(this.#stream) ? this.#stream : undefined)
    return iterator && callOf(iterator, 'return')
  }
}

interface NodeStream {
  on(event: 'error', listener: () => void): unknown
  destroy(): unknown
}

class NodeSource implements StreamSource {
  readonly #stream: NodeStream
  readonly #items: IteratorSource
  #isLeft = false

  constructor(stream: NodeStream) {
    this.#stream = stream
    this.#items = new IteratorSource(stream)
  }

  async next(): Promise<unknown> {
    try {
      return await this.#items.next()
    } catch (error) {
      // It says that it was destroyed.
      if (this.#isLeft) return { done: true }
      throw error
    }
  }

  leave(): unknown {
    this.#isLeft = true
    this.#stream.destroy()
    return this.#items.leave()
  }
}

interface WebStream {
  getReader(): { read(): unknown; cancel(): unknown }
  cancel(): unknown
}

class WebSource implements StreamSource {
  readonly #stream: WebStream
  #reader: ReturnType<WebStream['getReader']> | undefined

  constructor(stream: WebStream) {
    this.#stream = stream
  }

  next(): unknown {
    return (this.#reader ??= this.#stream.getReader()).read()
  }

  leave(): unknown {
    return (this.#reader ?? this.#stream).cancel()
  }
}

function isNodeStream(stream: object): stream is NodeStream {
  return isStream(stream) && hasMethods(stream, ['on', 'pipe', 'read', 'destroy'])
}

function isWebStream(stream: object): stream is WebStream {
  return isStream(stream) && hasMethods(stream, ['getReader', 'cancel', 'tee'])
}

function hasMethods(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

/** What a call brings; undefined where there is no such method. */
function callOf(target: object, name: 'next' | 'return'): unknown {
  const method: unknown = Reflect.get(target, name)
  return typeof method === 'function' ? Reflect.apply(method, target, []) : undefined
}

function iteratorOf(stream: object): object {
  const make: unknown = Reflect.get(stream, Symbol.asyncIterator) ?? Reflect.get(stream, Symbol.iterator)
  const iterator: unknown = typeof make === 'function' ? Reflect.apply(make, stream, []) : stream
  if (typeof iterator === 'object' && iterator !== null) return iterator
  throw new TypeError('an iterable makes an iterator')
}

function isIterator(value: object): boolean {
  return typeof Reflect.get(value, 'next') === 'function'
}
