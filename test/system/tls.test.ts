/** TLS beneath lines, HTTP and WebSocket: whose certificate is taken, and what is said when one is not. */
import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { Agent, request, type RequestOptions } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { silent } from '../../lib/client/silent.js'
import { parseJson } from '../../lib/json.js'
import type { PeerCertificate } from '../../lib/ports.js'
import type { Connection } from '../../lib/rpc/channels/connection.js'
import { OutcomeUnknownError, TlsError, type TlsReason } from '../../lib/rpc/errors.js'
import type { TlsOptions } from '../../lib/rpc/tls-options.js'
import { systemClock } from '../../lib/system/clock.js'
import { lookAnew } from '../../lib/system/hangup.js'
import { securityOf } from '../../lib/system/open-security.js'
import { createTransport } from '../../lib/system/transport.js'
import { processMetrics } from '../../lib/system/process-metrics.js'
import { Certificates, type Files } from '../harness/certificates.js'
import { RecordingLogger } from '../harness/ports.js'
import { connectionTo, HastyClock, objectOf, RawClient, startDaemon, type TcpAddress } from '../rpc/rig.js'

const ports = { clock: systemClock, logger: silent }

/** What calls of `it.is` have come to. */
class Served {
  calls = 0
  last: PeerCertificate | undefined
  readonly it = objectOf({
    is: (_params, { connection }) => {
      this.calls += 1
      this.last = connection.peerCertificate
      return 'well'
    },
    never: () => new Promise(() => undefined),
  })
}

interface Port {
  readonly served: Served
  readonly address: TcpAddress
}

async function secured(t: Test, tls: TlsOptions, clock = systemClock): Promise<Port> {
  const served = new Served()
  const security = await securityOf(tls, true, { clock, logger: silent })
  const { daemon, address } = await startDaemon(
    { it: served.it },
    { transport: createTransport({ security }) },
  )
  t.teardown(() => daemon.close())
  return { served, address }
}

async function client(t: Test, address: TcpAddress, tls: TlsOptions | undefined): Promise<Connection> {
  const security = await securityOf(tls, false, ports)
  const connection = connectionTo(address, { transport: createTransport({ security }) })
  t.teardown(() => connection.close())
  return connection
}

async function refusal(t: Test, address: TcpAddress, tls: TlsOptions | undefined): Promise<TlsError> {
  const connection = await client(t, address, tls)
  const error: unknown = await connection.call('it.is', []).catch((thrown: unknown) => thrown)
  if (error instanceof TlsError) return error
  throw new Error(`no TlsError, but ${String(error)}`)
}

t.test('who trusts the authority calls by name and by address', async (t) => {
  const certificates = new Certificates(t)
  const { address, served } = await secured(t, { ca: certificates.ca, ...certificates.make() })
  for (const host of ['127.0.0.1', 'localhost']) {
    const connection = await client(t, { ...address, host }, { ca: certificates.ca })
    t.equal(await connection.call('it.is', []), 'well')
  }
  t.equal(served.last, undefined, 'no certificate was demanded')
})

t.test(
  'of a certificate that is none of its authority, or not in force, the caller hears so, and nothing runs',
  async (t) => {
    const certificates = new Certificates(t)
    const others = new Certificates(t, 'somebody else')
    const cases: readonly (readonly [TlsReason, Files, RegExp])[] = [
      [
        'other-authority',
        others.make(),
        /\(node1\) is signed by "somebody else", which is no authority that --tls-ca names/,
      ],
      ['self-signed', certificates.make({ by: 'itself' }), /\(node1\) is signed by itself alone/],
      ['expired', certificates.make({ days: [-9, -2] }), /has expired on \d{4}-\d\d-\d\d: renew it there/],
      [
        'not-yet-valid',
        certificates.make({ days: [2, 9] }),
        /counts only from .* on: set the clocks of both hosts right/,
      ],
      [
        'other-host',
        certificates.make({ names: ['node9.example'] }),
        /is for node9\.example, and not for 127\.0\.0\.1/,
      ],
      ['unfit', certificates.make({ purpose: 'client' }), /can't be used/],
    ]
    for (const [reason, files, sentence] of cases) {
      const { address, served } = await secured(t, files)
      const error = await refusal(t, address, { ca: certificates.ca })
      t.match(error, { data: { reason }, outcome: 'not-executed', retry: 'never' })
      t.match(error.message, sentence)
      t.match(error.message, /^it\.is at 127\.0\.0\.1:\d+: .*; the call was not executed$/)
      t.equal(served.calls, 0)
    }
  },
)

t.test(
  'of the certificate of who connects it is said to him what is wrong, and nothing of his runs',
  async (t) => {
    const certificates = new Certificates(t)
    const others = new Certificates(t, 'somebody else')
    const { address, served } = await secured(t, {
      ca: certificates.ca,
      ...certificates.make(),
      clientCert: 'required',
    })
    const wrong = { purpose: 'client', commonName: 'ops', names: [] } as const
    const cases: readonly (readonly [TlsReason, Files | undefined, RegExp])[] = [
      [
        'no-certificate',
        undefined,
        /takes only those who show a certificate .*: give one with --tls-cert and --tls-key/,
      ],
      [
        'other-authority',
        others.make(wrong),
        /\(ops\) is signed by "somebody else", which is no authority of this port/,
      ],
      ['self-signed', certificates.make({ ...wrong, by: 'itself' }), /\(ops\) is signed by itself alone/],
      [
        'expired',
        certificates.make({ ...wrong, days: [-9, -2] }),
        /\(ops\) has expired on \d{4}-\d\d-\d\d: renew it/,
      ],
      ['not-yet-valid', certificates.make({ ...wrong, days: [2, 9] }), /\(ops\) counts only from/],
    ]
    for (const [reason, files, sentence] of cases) {
      const error = await refusal(t, address, { ca: certificates.ca, ...files })
      t.match(error, { data: { reason }, outcome: 'not-executed', retry: 'never' })
      t.match(error.message, sentence)
    }
    t.equal(served.calls, 0)
    const right = await client(t, address, { ca: certificates.ca, ...certificates.make(wrong) })
    t.equal(await right.call('it.is', []), 'well')
  },
)

t.test('whoever dials sees whose certificate he was shown', async (t) => {
  const certificates = new Certificates(t)
  const { address } = await secured(t, certificates.make({ commonName: 'node7', names: ['127.0.0.1'] }))
  const connection = await client(t, address, { ca: certificates.ca })
  await connection.call('it.is', [])
  const { certificate } = connection.link ?? {}
  t.match(certificate, { commonName: 'node7', names: ['127.0.0.1'], fingerprint: /^[0-9a-f]{64}$/ })
})

t.test('whoever serves is told whose certificate it was, by lines, HTTP and WebSocket', async (t) => {
  const certificates = new Certificates(t)
  const { address, served } = await secured(t, {
    ca: certificates.ca,
    ...certificates.make(),
    clientCert: 'required',
  })
  const files = certificates.make({ purpose: 'client', commonName: 'ops', names: ['ops.example'] })
  const expected = { commonName: 'ops', names: ['ops.example'], fingerprint: /^[0-9a-f]{64}$/ }
  const connection = await client(t, address, { ca: certificates.ca, ...files })
  await connection.call('it.is', [])
  t.match(served.last, expected)

  served.last = undefined
  const shown = {
    ca: readFileSync(certificates.ca),
    cert: readFileSync(files.cert),
    key: readFileSync(files.key),
  }
  const { status, body } = await post(address, shown, CALL)
  t.match([status, parseJson(body)], [200, { result: 'well' }])
  t.match(served.last, expected)

  served.last = undefined
  const socket = new WebSocket(`wss://127.0.0.1:${address.port}/`, shown)
  t.teardown(() => socket.terminate())
  const answered = new Promise<string>((resolve) =>
    socket.on('message', (data: Buffer) => resolve(data.toString())),
  )
  socket.on('open', () => socket.send(CALL))
  t.match(parseJson(await answered), { result: 'well' })
  t.match(served.last, expected)
})

const CALL = '{"jsonrpc":"2.0","id":1,"method":"it.is","params":[]}'

interface Answer {
  readonly status: number | undefined
  readonly body: string
}

function post({ port }: TcpAddress, options: RequestOptions, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return answerTo(
    request({ ...options, host: '127.0.0.1', port, method: 'POST', headers, agent: new Agent() }),
    body,
  )
}

function answerTo(request: ReturnType<typeof plainRequest>, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode, body: text }))
    })
    request.end(body)
  })
}

t.test(
  'over HTTP and WebSocket, too, nothing is taken without the certificate that is demanded',
  async (t) => {
    const certificates = new Certificates(t)
    const { address, served } = await secured(t, {
      ca: certificates.ca,
      ...certificates.make(),
      clientCert: 'required',
    })
    const ca = readFileSync(certificates.ca)
    t.match(await post(address, { ca }, CALL), { status: 403, body: /none was shown/ })
    for (const path of ['/metrics', '/readyz']) {
      const { status } = await answerTo(request({ ca, host: '127.0.0.1', port: address.port, path }))
      t.equal(status, 403, path)
    }
    const alive = await answerTo(request({ ca, host: '127.0.0.1', port: address.port, path: '/livez' }))
    t.equal(alive.status, 404, 'whether it works anybody may ask; this daemon has no such page')
    for (const path of ['/', '/livez']) {
      const socket = new WebSocket(`wss://127.0.0.1:${address.port}${path}`, { ca })
      const outcome = await new Promise<string>((resolve) => {
        socket.on('error', ({ message }) => resolve(message)).on('open', () => resolve('open'))
      })
      socket.terminate()
      t.match(outcome, /403/, `a WebSocket at ${path}`)
    }
    t.equal(served.calls, 0)
  },
)

t.test('who speaks no TLS to a port that does is told so', async (t) => {
  const certificates = new Certificates(t)
  const { address, served } = await secured(t, certificates.make())
  const error = await refusal(t, address, undefined)
  t.match(error, { data: { reason: 'plaintext' }, outcome: 'not-executed' })
  t.match(error.message, /this port speaks TLS only: call it with --tls-ca/)

  const web = plainRequest({ host: '127.0.0.1', port: address.port, path: '/livez' })
  t.match(await answerTo(web), { status: 400, body: /this port speaks TLS only/ })

  const raw = new RawClient(address).write('hello\n')
  t.match(await raw.next(), { id: null, error: { code: -32016, data: { reason: 'plaintext' } } })
  await raw.over()
  t.equal(served.calls, 0)
})

t.test('who speaks TLS to a port that does not is told so', async (t) => {
  const certificates = new Certificates(t)
  const served = new Served()
  const { daemon, address } = await startDaemon({ it: served.it })
  t.teardown(() => daemon.close())
  const error = await refusal(t, address, { ca: certificates.ca })
  t.match(error, { data: { reason: 'plaintext' }, outcome: 'not-executed' })
  t.match(
    error.message,
    /it does not speak TLS: start it with --tls-cert and --tls-key, or call it without --tls-ca/,
  )
})

t.test('handshakes that are begun and left, and what is none, keep nobody else out', async (t) => {
  const certificates = new Certificates(t)
  const { address, served } = await secured(t, certificates.make())
  const flood = Array.from({ length: 100 }, () =>
    connectPlain({ host: address.host, port: address.port, localAddress: '127.0.0.2' }),
  )
  t.teardown(() => flood.forEach((socket) => socket.destroy()))
  for (const socket of flood) socket.on('error', () => undefined).write(Uint8Array.of(22, 3, 1))
  const nonsense = new RawClient(address).write(Uint8Array.of(22, 9, 9, 0, 4, 1, 2, 3, 4))
  await nonsense.over()
  const connection = await client(t, address, { ca: certificates.ca })
  t.equal(await connection.call('it.is', []), 'well')
  t.equal(served.calls, 1)
})

t.test('certificates that are read anew count from then on, and open connections go on', async (t) => {
  const certificates = new Certificates(t)
  const own = certificates.make({ commonName: 'before' })
  const { address } = await secured(t, { ca: certificates.ca, ...own, clientCert: 'required' })
  const files = certificates.make({ purpose: 'client' })
  const connection = await client(t, address, { ca: certificates.ca, ...files })
  await connection.call('it.is', [])
  const link = connection.peer

  replace(own, certificates.make({ commonName: 'after' }))
  lookAnew()
  t.equal(await connection.call('it.is', []), 'well')
  t.equal(connection.peer, link, 'it is the same connection')
  t.equal(await nameShown(address, certificates, files), 'after')
})

t.test('files that have changed and stay as they are count without a word', async (t) => {
  const certificates = new Certificates(t)
  const clock = new HastyClock()
  const own = certificates.make({ commonName: 'before' })
  const { address } = await secured(t, { ca: certificates.ca, ...own }, clock)
  replace(own, certificates.make({ commonName: 'after' }))
  const shown: string[] = []
  for (let look = 0; look < 3; look++) {
    clock.putForward(1000)
    shown.push(await nameShown(address, certificates))
  }
  t.strictSame(shown, ['before', 'after', 'after'], 'a file that is just being written is not read')
})

t.test('files that make no sense leave all as it was', async (t) => {
  const certificates = new Certificates(t)
  const own = certificates.make({ commonName: 'before' })
  const { address } = await secured(t, { ca: certificates.ca, ...own })
  const { cert } = certificates.make({ commonName: 'after' })
  copyFileSync(cert, own.cert)
  lookAnew()
  t.equal(await nameShown(address, certificates), 'before', 'the key is that of another certificate')
})

t.test(
  'who has shown a certificate of an authority that counts no more loses his connection, and gets no other',
  async (t) => {
    const certificates = new Certificates(t, 'the first')
    const others = new Certificates(t, 'the second')
    const own = certificates.make()
    const { address } = await secured(t, { ca: certificates.ca, ...own, clientCert: 'required' })
    const files = certificates.make({ purpose: 'client' })
    const trusted = certificates.write(
      'both.pem',
      readFileSync(certificates.ca, 'utf8') + readFileSync(others.ca, 'utf8'),
    )
    const connection = await client(t, address, { ca: trusted, ...files })
    await connection.call('it.is', [])
    const lost = t.rejects(connection.call('it.never', []), OutcomeUnknownError, 'it may have run')
    copyFileSync(others.ca, certificates.ca)
    lookAnew()
    await lost
    await t.rejects(connection.call('it.is', []), {
      data: { reason: 'other-authority' },
      outcome: 'not-executed',
      message: /is signed by "the first", which is no authority of this port/,
    })
    const renewed = await client(t, address, { ca: trusted, ...others.make({ purpose: 'client' }) })
    t.equal(await renewed.call('it.is', []), 'well')
  },
)

t.test('who dials leaves a connection whose certificate is of no authority any more', async (t) => {
  const certificates = new Certificates(t, 'the first')
  const others = new Certificates(t, 'the second')
  const { address } = await secured(t, certificates.make())
  const clock = new HastyClock()
  const security = await securityOf({ ca: certificates.ca }, false, { clock, logger: silent })
  const transport = createTransport({ security })
  const dialled = (): Connection => {
    const connection = connectionTo(address, { transport })
    t.teardown(() => connection.close())
    return connection
  }
  const connection = dialled()
  await connection.call('it.is', [])
  const lost = t.rejects(connection.call('it.never', []), OutcomeUnknownError, 'it may have run')
  copyFileSync(others.ca, certificates.ca)
  clock.putForward(1000)
  t.equal(await dialled().call('it.is', []), 'well', 'the file may not be complete yet')
  clock.putForward(1000)
  await t.rejects(dialled().call('it.is', []), { label: 'TLS_REFUSED', message: /"the first"/ })
  await lost
})

t.test('a certificate that its authority has taken back is refused by either end', async (t) => {
  const certificates = new Certificates(t)
  const { ca } = certificates
  const [own, other] = [certificates.make(), certificates.make()]
  const [his, hers] = [certificates.make({ purpose: 'client' }), certificates.make({ purpose: 'client' })]
  const crl = certificates.revoke([other, his])
  const { address, served } = await secured(t, { ca, crl, ...own, clientCert: 'required' })
  const refused = await refusal(t, address, { ca, ...his })
  t.match(refused, { data: { reason: 'revoked' }, message: /was taken back by its authority: have another/ })
  t.equal(served.calls, 0)
  t.equal(await (await client(t, address, { ca, crl, ...hers })).call('it.is', []), 'well')
  const { address: elsewhere } = await secured(t, { ca, ...other })
  t.match(await refusal(t, elsewhere, { ca, crl }), {
    data: { reason: 'revoked' },
    message: /was taken back by its authority, as --tls-crl says/,
  })
})

t.test('the list is read anew, and connections of those that stand in it then end', async (t) => {
  const certificates = new Certificates(t)
  const { ca } = certificates
  const [his, hers] = [certificates.make({ purpose: 'client' }), certificates.make({ purpose: 'client' })]
  const crl = certificates.revoke([])
  const tls = { ca, crl, ...certificates.make(), clientCert: 'required' } as const
  const { address } = await secured(t, tls)
  const [he, she] = [await client(t, address, { ca, ...his }), await client(t, address, { ca, ...hers })]
  await Promise.all([he.call('it.is', []), she.call('it.is', [])])
  const before = she.link
  const lost = t.rejects(he.call('it.never', []), OutcomeUnknownError, 'it may have run')
  certificates.revoke([his])
  lookAnew()
  await lost
  await t.rejects(he.call('it.is', []), {
    data: { reason: 'revoked' },
    outcome: 'not-executed',
    message: /was taken back by its authority: have another one signed/,
  })
  t.equal(await she.call('it.is', []), 'well')
  t.equal(she.link, before, 'over the connection that she had')
})

t.test('who can not tell what was taken back takes nothing, and says what list it lacks', async (t) => {
  const certificates = new Certificates(t)
  const { ca } = certificates
  const { address } = await secured(t, certificates.make())
  const crl = certificates.revoke([], -0.5)
  const message = /as the list of --tls-crl is none of its authority, or counts no more \(CRL_HAS_EXPIRED\)/
  t.match(await refusal(t, address, { ca, crl }), { data: { reason: 'unfit' }, message })
})

t.test(
  'lists of which none is of who is trusted are refused, and one that is missing is told of',
  async (t) => {
    const [certificates, others] = [new Certificates(t, 'the first'), new Certificates(t, 'the second')]
    const own = certificates.make()
    await t.rejects(securityOf({ ca: certificates.ca, crl: others.revoke([]), ...own }, true, ports), {
      message:
        /crl\.pem \(--tls-crl\) holds no list of an authority in .*ca\.pem \(--tls-ca\), so that nobody/,
    })
    const ca = certificates.write(
      'both.pem',
      readFileSync(certificates.ca, 'utf8') + readFileSync(others.ca, 'utf8'),
    )
    const logger = new RecordingLogger()
    await securityOf({ ca, crl: certificates.revoke([]), ...own }, true, { clock: systemClock, logger })
    t.match(logger.lines, [
      /^warn .* holds no list of the second: whoever shows a certificate of that authority is not/,
    ])
    t.equal(logger.lines.length, 1)
  },
)

t.test('of a list, too, it is said that it ends, and told when', async (t) => {
  const certificates = new Certificates(t)
  const own = certificates.make({ days: [-1, 60] })
  const said = async (days: number) => {
    const logger = new RecordingLogger()
    const tls = { ca: certificates.ca, crl: certificates.revoke([], days), ...own }
    const security = await securityOf(tls, true, { clock: systemClock, logger })
    return { lines: logger.lines, metrics: processMetrics(security).join('\n') }
  }
  const { lines, metrics } = await said(0.9)
  t.same(lines, [])
  t.match(metrics, /^rollcall_tls_crl_expiry_timestamp_seconds \d+$/m)
  t.match((await said(0.2)).lines, [/^warn a list of .*, in .*crl\.pem, ends on .*, in 1 days: renew it$/])
  t.match((await said(-0.2)).lines, [
    /^error a list of .*, in .*crl\.pem, has expired on .*: nobody is taken/,
  ])
})

t.test('it is told when the certificate ends that is shown now', async (t) => {
  const certificates = new Certificates(t)
  const own = certificates.make({ days: [-1, 3] })
  const clock = new HastyClock()
  const security = await securityOf({ ca: certificates.ca, ...own }, true, { clock, logger: silent })
  const ends = (file: string): number => Date.parse(new X509Certificate(readFileSync(file)).validTo)
  t.equal(security?.certificateEndsAt, ends(own.cert))
  replace(own, certificates.make({ days: [-1, 9] }))
  clock.putForward(1000)
  t.not(security?.certificateEndsAt, ends(own.cert), 'it may not be complete yet')
  clock.putForward(1000)
  t.equal(security?.certificateEndsAt, ends(own.cert))
  const trusting = await securityOf({ ca: certificates.ca }, false, ports)
  t.equal(trusting?.certificateEndsAt, undefined)
})

t.test('options that do not belong together are refused before anything is opened', async (t) => {
  const certificates = new Certificates(t)
  const { cert, key } = certificates.make()
  const { key: other } = certificates.make()
  const { ca } = certificates
  const cases: readonly (readonly [TlsOptions, RegExp])[] = [
    [{ cert }, /cert and key belong together: give both files \(--tls-cert, --tls-key\)/],
    [{ ca }, /who listens needs a certificate and its key: give both files \(--tls-cert, --tls-key\)/],
    [{ cert, key, crl: ca }, /say by whom: give the file of the authority \(--tls-ca\)/],
    [{ cert, key, ca, crl: ca }, /\(--tls-crl\) holds no list of certificates \(X509 CRL\) in PEM/],
    [{ cert, key, clientCert: 'required' }, /say whose: give the file of the authority \(--tls-ca\)/],
    [{ cert, key: other }, /the key in .* is not that of the certificate in/],
    [{ cert: key, key }, /\(--tls-cert\) holds no certificate in PEM/],
    [{ cert, key: cert }, /\(--tls-key\) holds no private key in PEM/],
    [{ cert, key, ca: `${ca}.gone` }, /\(--tls-ca\) can't be read: ENOENT/],
  ]
  for (const [options, message] of cases) await t.rejects(securityOf(options, true, ports), { message })
  await t.rejects(securityOf({ ca, certs: cert } as TlsOptions, true, ports), /did you mean "cert"/)
})

function replace(files: Files, by: Files): void {
  copyFileSync(by.key, files.key)
  copyFileSync(by.cert, files.cert)
}

/** The common name in the certificate that is shown to a new connection. */
function nameShown({ host, port }: TcpAddress, { ca }: Certificates, files?: Files): Promise<string> {
  const own = files && { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca: readFileSync(ca), ...own }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}
