/** What a process says of itself at `/readyz`. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { TlsOptions } from '../lib/rpc/tls-options.js'

/** Whoever asks asks again soon. Milliseconds. */
const PATIENCE_MS = 3_000

export interface Readiness {
  readonly isReady: boolean
  /** As the process words it: a line. */
  readonly said: string
}

/** `place`: `HOST:PORT`. Rejects with the system's error, or that of TLS, when nobody answers there. */
export async function readinessAt(
  place: string,
  tls: TlsOptions | undefined,
  token: string | undefined,
): Promise<Readiness> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const asked = ask(place, tls, { headers, signal }).end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve).once('error', reject)
  })
  let said = ''
  response.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(response, 'end')
  return { isReady: response.statusCode === 200, said: said.trim() }
}

function ask(place: string, tls: TlsOptions | undefined, options: RequestOptions): ClientRequest {
  if (tls === undefined) return httpRequest(`http://${place}/readyz`, options)
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map((file) => file && readFileSync(file))
  return httpsRequest(`https://${place}/readyz`, { ...options, ca, cert, key })
}
