import type { Begun } from '../contender.js'
import { NodeSubject } from '../subject.js'

/** The client's process, once it is connected. */
export async function startClient(begun: Begun, name: string, place: string): Promise<NodeSubject> {
  const client = begun(new NodeSubject('bench/compare/client.js', [name, place]))
  await client.says()
  return client
}
