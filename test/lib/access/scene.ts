/** A member, a name server and a balancer in this process that ask who calls, and callers at each of their doors. */
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { connect as dial } from 'node:net'
import { connect as dialSecurely } from 'node:tls'
import { join } from 'node:path'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { startNameServer, startNode } from '../../../api.js'
import { startBalancer } from '../../../balancer/start-balancer.js'
import { membersOf, type Json } from '../../../lib/json.js'
import type { AccessTable } from '../../../lib/access/access-table.js'
import type { ClientCert } from '../../../lib/rpc/tls-options.js'
import { Certificates } from '../../harness/certificates.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

export const CALLERS = ['stranger', 'reader', 'user', 'operator', 'member'] as const
export type CallerName = (typeof CALLERS)[number]

/** What each shows. */
const TOKENS: { readonly [C in CallerName]: string | undefined } = {
  stranger: undefined,
  reader: 'the-token-of-a-reader',
  user: 'the-token-of-a-user',
  operator: 'the-token-of-an-operator',
  member: 'the-token-of-those-who-belong',
}

/**
 * With tokens, with tokens over TLS, or by certificates alone; or by certificates but for the balancer, which has one
 * of a member and asks nobody for anything.
 */
export type Security = 'plain' | 'tls' | 'certificates' | 'open balancer'

/** In each way a caller is known by its token, or by a certificate of its own. */
const certificateOf = (caller: CallerName): string => `${caller}.example`

const ACCESS: AccessTable = {
  callers: [
    { name: 'rita', role: 'reader', may: ['kv.get'], ...knownBy('reader') },
    { name: 'ursula', role: 'user', may: ['kv.*'], ...knownBy('user') },
    { name: 'otto', role: 'operator', ...knownBy('operator') },
    { name: 'all', role: 'member', certificate: certificateOf('member') },
  ],
}

function knownBy(caller: CallerName): { readonly tokenSha256: string; readonly certificate: string } {
  const tokenSha256 = createHash('sha256')
    .update(TOKENS[caller] ?? '')
    .digest('hex')
  return { tokenSha256, certificate: certificateOf(caller) }
}

/** How a call comes. */
export type Door = 'lines' | 'websocket' | 'http'
export const DOORS: readonly Door[] = ['lines', 'websocket', 'http']

export interface Ports {
  readonly member: number
  readonly nameserver: number
  readonly balancer: number
}

interface Secured {
  readonly ca: Buffer
  readonly own: { readonly [C in CallerName]: { readonly cert: Buffer; readonly key: Buffer } }
}

export class Guarded {
  readonly ports: Ports
  readonly #security: Security
  readonly #secured: Secured | undefined

  private constructor(ports: Ports, security: Security, secured: Secured | undefined) {
    this.ports = ports
    this.#security = security
    this.#secured = secured
  }

  static async start(t: Test, security: Security): Promise<Guarded> {
    const [member = 0, nameserver = 0, balancer = 0] = await freePorts(3)
    const folder = temporaryFolder(t)
    const certificates = security === 'plain' ? undefined : new Certificates(t)
    const files = certificates?.make({ commonName: certificateOf('member') })
    const isByCertificates = security === 'certificates' || security === 'open balancer'
    const clientCert: ClientCert = isByCertificates ? 'required' : 'none'
    const tls = certificates && files && { ...files, ca: certificates.ca, clientCert }
    const token = isByCertificates ? undefined : TOKENS.member
    const places = { members: [`a@localhost:${member}`], nameserver: [`localhost:${nameserver}`] }
    const shared = { token, access: ACCESS, tls, logger: silent }
    const names = await startNameServer({ ...shared, port: nameserver, data: join(folder, 'names') })
    t.teardown(() => names.close())
    const node = await startNode({ ...shared, ...places, id: 'a', data: join(folder, 'a') })
    t.teardown(() => node.stop())
    const open = { tls: tls && { ...tls, clientCert: 'none' as const }, logger: silent }
    const own = security === 'open balancer' ? open : shared
    const front = await startBalancer({ ...own, members: places.members, port: balancer })
    t.teardown(() => front.stop())
    const guarded = new Guarded(
      { member, nameserver, balancer },
      security,
      certificates && securedBy(certificates),
    )
    await until('a leader that the balancer knows', async () => {
      const answer = await guarded.call('http', 'balancer', 'user', 'kv.get', ['x'])
      return membersOf(answer)['error'] === undefined
    })
    return guarded
  }

  /** The answer of that port. */
  call(
    door: Door,
    at: keyof Ports,
    caller: CallerName,
    method: string,
    params: readonly Json[],
  ): Promise<Json> {
    const port = this.ports[at]
    const token = this.#tokenOf(caller)
    const request = { jsonrpc: '2.0', id: 1, method, params, meta: { timeoutMs: 5000 } }
    switch (door) {
      case 'lines': {
        const meta = { ...request.meta, ...(token !== undefined && { token }) }
        return this.#overLines(port, caller, { ...request, meta })
      }
      case 'websocket':
        return this.#overWebSocket(port, caller, request)
      case 'http':
        return this.#request(port, caller, '/', JSON.stringify(request)).then(
          ({ body }) => JSON.parse(body) as Json,
        )
    }
  }

  page(
    at: keyof Ports,
    caller: CallerName,
    path: string,
  ): Promise<{ readonly status: number; readonly body: string }> {
    return this.#request(this.ports[at], caller, path)
  }

  #tokenOf(caller: CallerName): string | undefined {
    return this.#security === 'certificates' ? undefined : TOKENS[caller]
  }

  /** Where certificates are demanded, one that the table knows, or, of a stranger, one that it does not. */
  #tlsOf(caller: CallerName): { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer } {
    if (this.#secured === undefined) return {}
    const { ca, own } = this.#secured
    return this.#security === 'certificates' ? { ca, ...own[caller] } : { ca }
  }

  async #overLines(port: number, caller: CallerName, request: object): Promise<Json> {
    const place = { host: 'localhost', port }
    const socket =
      this.#secured === undefined ? dial(place) : dialSecurely({ ...place, ...this.#tlsOf(caller) })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    socket.on('error', () => undefined)
    socket.end(`${JSON.stringify(request)}\n`)
    await once(socket, 'close')
    return JSON.parse(text) as Json
  }

  /** Whoever has a token brings it in the first message, and in no other one. */
  async #overWebSocket(port: number, caller: CallerName, request: object): Promise<Json> {
    const scheme = this.#secured === undefined ? 'ws' : 'wss'
    const socket = new WebSocket(`${scheme}://localhost:${port}/`, this.#tlsOf(caller))
    await once(socket, 'open')
    const answer = new Promise<Json>((resolve, reject) => {
      socket.on('error', reject).on('close', () => reject(new Error('closed without an answer')))
      socket.on('message', (data: Buffer) => {
        const said = JSON.parse(data.toString()) as Json
        if (membersOf(said)['id'] !== 0) resolve(said)
      })
    })
    const token = this.#tokenOf(caller)
    const greeting = { jsonrpc: '2.0', id: 0, method: 'daemon.ping', params: [], meta: { token } }
    if (token !== undefined) socket.send(JSON.stringify(greeting))
    socket.send(JSON.stringify(request))
    return answer.finally(() => socket.terminate())
  }

  /** A POST of the body; without one, a GET. */
  async #request(
    port: number,
    caller: CallerName,
    path: string,
    body?: string,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const token = this.#tokenOf(caller)
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const ask = this.#secured === undefined ? http.request : https.request
    const method = body === undefined ? 'GET' : 'POST'
    const request = ask({
      host: 'localhost',
      port,
      path,
      method,
      headers,
      agent: false,
      ...this.#tlsOf(caller),
    })
    request.end(body)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
    return { status: response.statusCode ?? 0, body: text }
  }
}

function securedBy(certificates: Certificates): Secured {
  const made = (caller: CallerName) => {
    const { cert, key } = certificates.make({
      commonName: certificateOf(caller),
      purpose: 'client',
      names: [],
    })
    return { cert: readFileSync(cert), key: readFileSync(key) }
  }
  return {
    ca: readFileSync(certificates.ca),
    own: {
      stranger: made('stranger'),
      reader: made('reader'),
      user: made('user'),
      operator: made('operator'),
      member: made('member'),
    },
  }
}

/** Whether it was let in, whatever became of the call then. */
export function isLetIn(answer: Json): boolean {
  return membersOf(membersOf(answer)['error'])['code'] !== -32007
}
