/** Views of bytes, and ArrayBuffers, as the content of a tag. Node's Buffer is a Uint8Array, and arrives as one. */
import { isList, type Json } from '../json.js'
import { base64, bytesOfBase64 } from './base64.js'

/** How each is made of bytes that nobody else has. They throw where their number does not fit. */
const MAKERS: ReadonlyMap<string, (buffer: ArrayBufferLike) => object> = new Map<
  string,
  (buffer: ArrayBufferLike) => object
>([
  ['Uint8Array', (buffer) => new Uint8Array(buffer)],
  ['Uint8ClampedArray', (buffer) => new Uint8ClampedArray(buffer)],
  ['Int8Array', (buffer) => new Int8Array(buffer)],
  ['Int16Array', (buffer) => new Int16Array(buffer)],
  ['Uint16Array', (buffer) => new Uint16Array(buffer)],
  ['Int32Array', (buffer) => new Int32Array(buffer)],
  ['Uint32Array', (buffer) => new Uint32Array(buffer)],
  ['Float32Array', (buffer) => new Float32Array(buffer)],
  ['Float64Array', (buffer) => new Float64Array(buffer)],
  ['BigInt64Array', (buffer) => new BigInt64Array(buffer)],
  ['BigUint64Array', (buffer) => new BigUint64Array(buffer)],
  ['DataView', (buffer) => new DataView(buffer)],
  ['ArrayBuffer', (buffer) => buffer],
])

/** Of each kind that is made here, and of no class of its own above it. */
export const VIEW_NAMES: readonly string[] = [...MAKERS.keys()]

/** Undefined: these are no bytes, or those of a class that nobody knows here. */
export function bytesContent(value: object): Json | undefined {
  const bytes = bytesOf(value)
  if (bytes === undefined) return undefined
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const maker: unknown = Reflect.get(Object(Object.getPrototypeOf(value)), 'constructor')
  const className = typeof maker === 'function' ? maker.name : ''
  const isOwn = className === name || (name === 'Uint8Array' && className === 'Buffer')
  if (!isOwn || !MAKERS.has(name)) return undefined
  return name === 'Uint8Array' ? base64(bytes) : [name, base64(bytes)]
}

/** Undefined: it is no content of such a tag. */
export function bytesOfContent(content: Json | undefined): object | undefined {
  const [name, text] = isList(content) && content.length === 2 ? content : ['Uint8Array', content]
  const maker = typeof name === 'string' ? MAKERS.get(name) : undefined
  const bytes = typeof text === 'string' ? bytesOfBase64(text) : undefined
  if (maker === undefined || bytes === undefined) return undefined
  try {
    return maker(bytes.buffer)
  } catch {
    return undefined
  }
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}
