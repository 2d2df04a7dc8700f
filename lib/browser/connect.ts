/** {@link connect}: a client on a browser's WebSockets, clock and chance. */
import { checkConnectOptions, connectWith } from '../client/connect.js'
import type { ConnectOptions, Rollcall } from '../client/rollcall.js'
import { silent } from '../client/silent.js'
import type { Transport } from '../ports.js'
import { loggedTransport } from '../rpc/channels/wire-log.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { Connections } from '../serving/connections.js'
import { exposedOf } from '../serving/exposed-object.js'
import { browserClock } from './clock.js'
import { DialledWebSocket } from './dialled-web-socket.js'
import { browserRandom } from './random.js'

/**
 * Pages don't see a long answer come in: the other end is given up only when it could have told one over a slow line.
 */
const HEARTBEAT_MS = 10_000

/**
 * Prepares a client of this page; connections are WebSockets, opened when they are needed, and again when they were
 * lost. The name server, and whoever serves an object, must allow the page's origin. @throws InvalidParamsError for an
 * address or a URI that is none
 */
export async function connect(options: ConnectOptions = {}): Promise<Rollcall> {
  checkConnectOptions(options)
  if (options.dial !== undefined)
    throw new InvalidParamsError('connect: dial is for Node.js: a page has WebSockets alone')
  const transport = transportOf(isSecured(options))
  const handingOver = {
    clock: browserClock,
    connections: new Connections((error) => options.onCallError?.(error, undefined)),
    failed: options.onCallError,
  }
  const ports = {
    transport: options.logWire === undefined ? transport : loggedTransport(transport, options.logWire),
    clock: browserClock,
    random: browserRandom,
    logger: silent,
    heartbeatMs: HEARTBEAT_MS,
    exposedOf: (value: object) => exposedOf(value, handingOver),
  }
  return connectWith(ports, options)
}

function transportOf(isSecure: boolean): Transport {
  return {
    dial: (address, handlers) => new DialledWebSocket(address, handlers, { clock: browserClock, isSecure }),
    listen: () => Promise.reject(new Error('a page can not listen')),
  }
}

/** A page that came over TLS may open no other connections. @throws InvalidParamsError for files */
function isSecured({ tls }: ConnectOptions): boolean {
  if (typeof tls === 'object' && Object.keys(tls).length > 0)
    throw new InvalidParamsError('connect: a page has the certificates of its browser: write tls: true')
  return tls === undefined ? location.protocol === 'https:' : tls !== false
}
