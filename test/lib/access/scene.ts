/** A member, a name server and a balancer in this process that ask who calls, and callers at each of their doors. */
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { startNameServer, startNode } from '../../../index.js'
import { startBalancer } from '../../../balancer/start-balancer.js'
import { membersOf, type Json } from '../../../lib/json.js'
import type { AccessTable } from '../../../lib/access/access-table.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

export const CALLERS = ['stranger', 'reader', 'user', 'operator', 'member'] as const
export type CallerName = (typeof CALLERS)[number]

/** What each shows. */
export const TOKENS: { readonly [C in CallerName]: string | undefined } = {
  stranger: undefined,
  reader: 'the-token-of-a-reader',
  user: 'the-token-of-a-user',
  operator: 'the-token-of-an-operator',
  member: 'the-token-of-those-who-belong',
}

export const ACCESS: AccessTable = {
  callers: [
    { name: 'rita', role: 'reader', may: ['kv.get'], tokenSha256: digest('reader') },
    { name: 'ursula', role: 'user', may: ['kv.*'], tokenSha256: digest('user') },
    { name: 'otto', role: 'operator', tokenSha256: digest('operator') },
  ],
}

function digest(caller: CallerName): string {
  return createHash('sha256')
    .update(TOKENS[caller] ?? '')
    .digest('hex')
}

/** How a call comes. */
export type Door = 'lines' | 'websocket' | 'http'
export const DOORS: readonly Door[] = ['lines', 'websocket', 'http']

export interface Ports {
  readonly member: number
  readonly nameserver: number
  readonly balancer: number
}

export async function startGuarded(t: Test): Promise<Ports> {
  const [member = 0, nameserver = 0, balancer = 0] = await freePorts(3)
  const folder = temporaryFolder(t)
  const token = TOKENS.member
  const places = { members: [`a@localhost:${member}`], nameserver: [`localhost:${nameserver}`] }
  const shared = { token, access: ACCESS, logger: silent }
  const names = await startNameServer({ ...shared, port: nameserver, data: join(folder, 'names') })
  t.teardown(() => names.close())
  const node = await startNode({ ...shared, ...places, id: 'a', data: join(folder, 'a') })
  t.teardown(() => node.stop())
  const front = await startBalancer({ ...shared, members: places.members, port: balancer })
  t.teardown(() => front.stop())
  const ports = { member, nameserver, balancer }
  await until('a leader that the balancer knows', async () => {
    const answer = await call('http', ports.balancer, 'member', 'kv.get', ['x'])
    return membersOf(answer)['error'] === undefined
  })
  return ports
}

/** The answer of that port. */
export function call(
  door: Door,
  port: number,
  caller: CallerName,
  method: string,
  params: readonly Json[],
): Promise<Json> {
  const token = TOKENS[caller]
  const request = { jsonrpc: '2.0', id: 1, method, params, meta: { timeoutMs: 5000 } }
  switch (door) {
    case 'lines': {
      const meta = { ...request.meta, ...(token !== undefined && { token }) }
      return overLines(port, { ...request, meta })
    }
    case 'websocket':
      return overWebSocket(port, token, request)
    case 'http':
      return overHttp(port, token, request)
  }
}

async function overLines(port: number, request: object): Promise<Json> {
  const socket = dial({ host: 'localhost', port })
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined)
  socket.end(`${JSON.stringify(request)}\n`)
  await once(socket, 'close')
  return JSON.parse(text) as Json
}

/** Whoever has a token brings it in the first message, and in no other one. */
async function overWebSocket(port: number, token: string | undefined, request: object): Promise<Json> {
  const socket = new WebSocket(`ws://localhost:${port}/`)
  await once(socket, 'open')
  const answer = new Promise<Json>((resolve, reject) => {
    socket.on('error', reject).on('close', () => reject(new Error('closed without an answer')))
    socket.on('message', (data: Buffer) => {
      const said = JSON.parse(data.toString()) as Json
      if (membersOf(said)['id'] !== 0) resolve(said)
    })
  })
  const greeting = { jsonrpc: '2.0', id: 0, method: 'daemon.ping', params: [], meta: { token } }
  if (token !== undefined) socket.send(JSON.stringify(greeting))
  socket.send(JSON.stringify(request))
  return answer.finally(() => socket.terminate())
}

async function overHttp(port: number, token: string | undefined, request: object): Promise<Json> {
  const response = await fetch(`http://localhost:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization(token) },
    body: JSON.stringify(request),
  })
  return (await response.json()) as Json
}

export async function statusOf(port: number, caller: CallerName, path: string): Promise<number> {
  const response = await fetch(`http://localhost:${port}${path}`, { headers: authorization(TOKENS[caller]) })
  await response.arrayBuffer()
  return response.status
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** Whether it was let in, whatever became of the call then. */
export function isLetIn(answer: Json): boolean {
  return membersOf(membersOf(answer)['error'])['code'] !== -32007
}
