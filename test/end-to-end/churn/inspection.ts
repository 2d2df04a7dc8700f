/** Reads what each member holds, once all of them have everything. */
import type { Rollcall } from '../../../api.js'
import type { MemberStatus } from '../../../lib/member.js'
import { pause } from '../../harness/cluster.js'
import type { Copy } from './judge.js'
import { keyOf, textOf } from './ledger.js'

const LAST = 'the-end'
const PAGE = 1000
/** So long a member may take to get everything, in milliseconds. */
const PATIENCE_MS = 60_000

const OF_THIS_MEMBER = { meta: { consistency: 'stale' }, timeoutMs: PATIENCE_MS } as const

interface LogObject {
  append(text: string): { readonly index: number }
}

export interface Inspection {
  readonly members: readonly MemberStatus[]
  readonly copies: readonly Copy[]
}

/** Appends one more entry, and reads the copies once they have it; it is not part of them. */
export async function inspect(client: Rollcall): Promise<Inspection> {
  const { index } = await client.object<LogObject>('log').append(textOf(LAST))
  const members = await everyMember(client)
  return { members, copies: await Promise.all(members.map((member) => copyOf(client, member, index))) }
}

async function everyMember(client: Rollcall): Promise<readonly MemberStatus[]> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const views = await client.status()
    const members = views.flatMap((view) => (view.reachable ? [view] : []))
    if (members.length === views.length && members.some(({ role }) => role === 'leader')) return members
    if (Date.now() > deadline) throw new Error(`not every member answers: ${JSON.stringify(views)}`)
    await pause(100)
  }
}

async function copyOf(client: Rollcall, { id, uri }: MemberStatus, last: number): Promise<Copy> {
  const place = uri.slice(uri.indexOf('@'))
  const read = (object: string, method: string, params: readonly number[]) =>
    client.call(`${object}${place}`, method, params, OF_THIS_MEMBER)
  const deadline = Date.now() + PATIENCE_MS
  while (Number(await read('log', 'length', [])) < last) {
    if (Date.now() > deadline) throw new Error(`${id} does not get the log's entry ${last}`)
    await pause(100)
  }
  const keys: string[] = []
  while (keys.length < last) {
    const page = (await read('log', 'entries', [keys.length + 1, PAGE])) as unknown as readonly {
      command: string
    }[]
    for (const { command } of page)
      keys.push(keyOf(command) ?? `harmed text ${JSON.stringify(command.slice(0, 50))}`)
  }
  if (keys.pop() !== LAST)
    throw new Error(`${id} has another entry ${last} than the one that was acknowledged`)
  return { id, keys, counter: Number(await read('counter', 'value', [])) }
}
