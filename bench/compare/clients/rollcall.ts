/** The client that is shipped, with its session. The place: name server, then members, with commas between them. */
import { connect } from '../../../api.js'
import type { Kv } from '../../../lib/shipped/kv.js'
import { keyOf, VALUE } from '../contender.js'
import type { Client } from './client.js'

export async function connectRollcall(place: string): Promise<Client> {
  const [nameserver = '', ...members] = place.split(',')
  const client = await connect({ nameserver, members, timeoutMs: 20_000 })
  const kv = client.object<Kv<string>>('kv')
  return { set: (n) => kv.set(keyOf(n), VALUE), get: (n) => kv.get(keyOf(n)) }
}
