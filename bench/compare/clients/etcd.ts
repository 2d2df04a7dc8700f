/** JSON over HTTP, by connections that are kept. The place: host and port of the leader. */
import { Agent, request } from 'node:http'
import { keyOf, VALUE } from '../contender.js'
import type { Client } from './client.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

export async function connectEtcd(place: string): Promise<Client> {
  const [host = '', port] = place.split(':')
  const where = { host, port, method: 'POST', agent: new Agent({ keepAlive: true }) }
  const post = (path: string, body: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const call = request({ ...where, path }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => (text += part))
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text))
          else reject(new Error(`etcd answers ${answer.statusCode}: ${text}`))
        })
      })
      call.on('error', reject).end(JSON.stringify(body))
    })
  const value = base64(VALUE)
  return {
    set: (n) => post('/v3/kv/put', { key: base64(keyOf(n)), value }),
    get: (n) => post('/v3/kv/range', { key: base64(keyOf(n)) }),
  }
}
