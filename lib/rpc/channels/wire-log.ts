/**
 * Each message of a process as a line, for whoever looks for what two programs have said to each other. What stands between
 * the transport and its users is there only where somebody wants to know.
 */
import type { Acceptor, Address, Channel, ChannelHandlers, Transport } from '../../ports.js'
import { printable } from '../../printable.js'
import { formatAddress } from '../uri-grammar.js'

/** Told each message that has come or gone, as one line: `from 127.0.0.1:53112: {"jsonrpc":"2.0",…}`. It must not throw. */
export type WireLog = (line: string) => void

/** Characters of a message that are told; the rest is counted. */
const WIRE_LINE_MAX = 1_000

/** `meta.token` says who somebody is; however its name is written, and where the message ends within it, too. */
const TOKEN = new RegExp(
  `("(?:t|\\\\u0074)(?:o|\\\\u006[fF])(?:k|\\\\u006[bB])(?:e|\\\\u0065)(?:n|\\\\u006[eE])"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"?`,
  'g',
)

/** The same transport, whose messages are told to `log`. */
export function loggedTransport(transport: Transport, log: WireLog): Transport {
  return {
    dial: (address, handlers) => {
      const place = formatAddress(address)
      hear(handlers, place, log)
      return speak(transport.dial(address, handlers), place, log)
    },
    listen: (address: Address, acceptor: Acceptor) => transport.listen(address, logged(acceptor, log)),
    accept: (stream, acceptor) => transport.accept?.(stream, logged(acceptor, log)),
  }
}

function logged(acceptor: Acceptor, log: WireLog): Acceptor {
  return {
    ...acceptor,
    accept: (channel) => {
      const { remote } = channel
      const handlers = acceptor.accept(speak(channel, remote, log))
      hear(handlers, remote, log)
      return handlers
    },
    exchange: async (text, from) => {
      log(line('from', from.remote, text))
      const answer = await acceptor.exchange(text, from)
      if (answer !== undefined) log(line('to', from.remote, answer))
      return answer
    },
  }
}

/** It stays the same object: others know it by that. */
function speak<C extends Channel>(channel: C, place: string, log: WireLog): C {
  const send = channel.send.bind(channel)
  const sendFrame = channel.sendFrame?.bind(channel)
  if (sendFrame !== undefined)
    Object.defineProperty(channel, 'sendFrame', {
      value: (frame: Uint8Array): void => {
        log(frameLine('to', place, frame))
        sendFrame(frame)
      },
    })
  return Object.defineProperty(channel, 'send', {
    value: (message: string): void => {
      log(line('to', place, message))
      send(message)
    },
  })
}

function hear(handlers: ChannelHandlers, place: string, log: WireLog): void {
  const message = handlers.message.bind(handlers)
  const frame = handlers.frame?.bind(handlers)
  if (frame !== undefined)
    Object.defineProperty(handlers, 'frame', {
      value: (bytes: Uint8Array): void => {
        log(frameLine('from', place, bytes))
        frame(bytes)
      },
    })
  Object.defineProperty(handlers, 'message', {
    value: (text: string): void => {
      log(line('from', place, text))
      message(text)
    },
  })
}

function frameLine(way: 'from' | 'to', place: string, { length }: Uint8Array): string {
  return `${way} ${place}: a frame of ${length} bytes`
}

function line(way: 'from' | 'to', place: string, message: string): string {
  const masked = message.replace(TOKEN, '$1"…"')
  const rest = masked.length - WIRE_LINE_MAX
  const more = rest > 0 ? `… (${rest} more)` : ''
  return `${way} ${place}: ${printable(masked.slice(0, WIRE_LINE_MAX))}${more}`
}
