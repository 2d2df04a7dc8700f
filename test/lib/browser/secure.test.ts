/** Whether a page's connections speak TLS. */
import t, { type Test } from 'tap'
import type { ConnectOptions } from '../../../lib/client/rollcall.js'

/** A page's own keeps this process alive, as it is not told that the page is gone. */
class Channel {
  readonly port1: { onmessage?: () => void } = {}
  readonly port2 = { postMessage: () => setImmediate(() => this.port1.onmessage?.()) }
}

const own = globalThis.MessageChannel
Reflect.set(globalThis, 'MessageChannel', Channel)
const { connect } = await import('../../../lib/browser/connect.js')
Reflect.set(globalThis, 'MessageChannel', own)

/** A page of that protocol: resolves with the first address that its client opens. */
async function opened(t: Test, protocol: string, options: ConnectOptions): Promise<string> {
  const stand = (name: string, value: unknown): void => {
    const before: unknown = Reflect.get(globalThis, name)
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
    t.teardown(() =>
      Object.defineProperty(globalThis, name, { value: before, configurable: true, writable: true }),
    )
  }
  stand('location', { protocol, origin: `${protocol}//app.example` })
  return new Promise<string>((resolve, reject) => {
    stand(
      'WebSocket',
      class {
        constructor(url: string) {
          resolve(url)
        }
        close(): void {
          return
        }
      },
    )
    connect({ nameserver: 'names.example:9090', timeoutMs: 1, ...options })
      .then(async (client) => {
        t.teardown(() => client.close())
        await client.call('kv', 'get', ['x']).catch(() => undefined)
      })
      .catch(reject)
  })
}

t.test('a page that came over TLS speaks it, and another one where it is told to', async (t) => {
  t.equal(await opened(t, 'https:', {}), 'wss://names.example:9090/')
  t.equal(await opened(t, 'http:', {}), 'ws://names.example:9090/')
  t.equal(await opened(t, 'http:', { tls: true }), 'wss://names.example:9090/')
  t.equal(await opened(t, 'https:', { tls: false }), 'ws://names.example:9090/')
})

t.test('a page has no files', async (t) => {
  await t.rejects(opened(t, 'https:', { tls: { ca: 'ca.pem' } }), {
    message: 'connect: a page has the certificates of its browser: write tls: true',
  })
})
