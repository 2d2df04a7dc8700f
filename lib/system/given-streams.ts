/** Streams that a user of the package has opened. */
import { Duplex } from 'node:stream'
import type { ByteStream } from '../ports.js'
import { InvalidParamsError } from '../rpc/errors.js'

/** @throws InvalidParamsError for what brings no bytes both ways */
export function duplexOf(stream: ByteStream): Duplex {
  if (!(stream instanceof Duplex))
    throw new InvalidParamsError('a stream must be a Duplex of node:stream: make one of two with Duplex.from')
  const { readableObjectMode, writableObjectMode, readableEncoding } = stream
  if (readableObjectMode || writableObjectMode || readableEncoding !== null)
    throw new InvalidParamsError(
      'a stream must bring and take bytes: without objectMode, and no encoding set',
    )
  return stream
}
