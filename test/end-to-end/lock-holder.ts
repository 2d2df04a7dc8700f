/**
 * A program that wants the lock `invoices`: `lock-holder NAMESERVER TTL_MS`. It says `held TOKEN` and `lost`; told `act`
 * it changes something by its token, and says `done` or why not; told `release` it gives the lock back.
 */
import { createInterface } from 'node:readline'
import { connect, type KvApi, type LockApi } from '../../api.js'

const [nameserver = '', ttlMs = ''] = process.argv.slice(2)
const rollcall = await connect({ nameserver, timeoutMs: 60_000 })
const lock = rollcall.lock('invoices', { ttlMs: Number(ttlMs) })
console.log('asks')
const { token, signal, release } = await held()

async function held() {
  const hold = await lock.acquire()
  console.log(`held ${hold.token}`)
  return { token: hold.token, signal: hold.signal, release: () => hold.release() }
}

signal.addEventListener('abort', () => console.log('lost'))

async function act(): Promise<string> {
  try {
    await rollcall.atomic((calls) => [
      calls.object<LockApi>('lock').demand('invoices', token),
      calls.object<KvApi>('kv').set('invoices/by', token),
    ])
    return 'done'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'act') console.log(await act())
  if (line === 'release') {
    await release()
    console.log('released')
  }
}
rollcall.close()
