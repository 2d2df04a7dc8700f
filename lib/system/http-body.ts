/** The body of a request, gathered until it is complete or may not become so. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { UnfinishedInput } from './unfinished-input.js'

export interface BodyOptions {
  /** Longest body in bytes. */
  readonly frameBytesMax: number
  /** What a body that has begun counts in. */
  readonly unfinished: UnfinishedInput
  /** Some of the body has come. */
  readonly heard: () => void
}

export type Body =
  { readonly refusal?: undefined; readonly text: string } | { readonly refusal: 'too-large' | 'overloaded' }

const ENDED = 'the connection ended in the middle of a body'

/**
 * Of a refused body nothing is kept, and what still comes of it is thrown away. Rejects when the connection ends before
 * the body.
 */
export function readBody(request: IncomingMessage, options: BodyOptions): Promise<Body> {
  const { frameBytesMax, unfinished, heard } = options
  if (Number(request.headers['content-length'] ?? 0) > frameBytesMax)
    return Promise.resolve({ refusal: 'too-large' })
  if (request.destroyed) return Promise.reject(new Error(ENDED))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const stop = (): Buffer[] => {
      request.off('data', take).off('end', complete).off('close', broken)
      unfinished.holds(sender, 0)
      return chunks.splice(0)
    }
    const refuse = (refusal: 'too-large' | 'overloaded'): void => {
      stop()
      request.resume()
      resolve({ refusal })
    }
    const sender = { refuse: () => refuse('overloaded') }
    const take = (chunk: Buffer): void => {
      length += chunk.length
      chunks.push(chunk)
      if (length > frameBytesMax) refuse('too-large')
      else {
        unfinished.holds(sender, length)
        heard()
      }
    }
    const complete = (): void => resolve({ text: textOf(Buffer.concat(stop())) })
    const broken = (): void => {
      stop()
      reject(new Error(ENDED))
    }
    request.on('data', take).once('end', complete).once('close', broken)
    // An error is followed by 'close'.
    request.on('error', () => undefined)
  })
}

/** What is not UTF-8 is U+FFFD alone, which is no JSON, as of a line. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : '\ufffd'
}
