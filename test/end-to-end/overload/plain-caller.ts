/** Who speaks the wire with nothing in between: sends without reading, and counts what comes back. */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** NOT_LEADER and OUTCOME_UNKNOWN, as a busy machine may cost the leader its office; NO_QUORUM and OVERLOADED. */
const REFUSALS = [-32001, -32002, -32003, -32010]

export function callOn(port: number, t: { teardown(end: () => void): void }): Socket {
  const socket = connect({ host: 'localhost', port }).on('error', () => undefined)
  t.teardown(() => socket.destroy())
  return socket
}

export const callText = (id: number, method: string, ...params: readonly unknown[]): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

/** Waits for `count` answers. Returns the codes among them that say nothing of what became of the command. */
export async function strangeCodes(socket: Socket, count: number): Promise<number[]> {
  const codes = new Set<number>()
  let answered = 0
  for await (const line of createInterface({ input: socket })) {
    const { error } = JSON.parse(line) as { error?: { code: number } }
    if (error !== undefined) codes.add(error.code)
    answered += 1
    if (answered === count) return [...codes].filter((code) => !REFUSALS.includes(code))
  }
  throw new Error(`the connection ended after ${answered} of ${count} answers`)
}
