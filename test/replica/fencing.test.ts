/** A lock is only as good as its token: who has lost it without knowing must be refused where it counts. */
import t from 'tap'
import { commandContext } from '../../lib/replica/objects/context.js'
import { Scene } from './machine-scene.js'

/** Held for a time of the log, by whoever asks first; each grant's token is higher than all before it. */
class Lock {
  static commands = ['acquire']
  holder: string | null = null
  until = 0

  acquire(who: string, forMs: number): number | null {
    const { now, index } = commandContext()
    if (this.holder !== null && now < this.until) return null
    this.holder = who
    this.until = now + forMs
    return index
  }
}

/** What the lock protects: takes a write only with a token at least as high as any seen. */
class Ledger {
  static commands = ['write']
  static queries = ['lines']
  readonly written: string[] = []
  highest = 0

  write(token: number, line: string): boolean {
    if (token < this.highest) return false
    this.highest = token
    this.written.push(line)
    return true
  }

  lines(): readonly string[] {
    return this.written
  }
}

const tokenOf = (result: unknown): number => {
  const { value } = Object(result) as { readonly value?: unknown }
  if (typeof value !== 'number') throw new Error(`no token: ${JSON.stringify(result)}`)
  return value
}

void t.test(
  'locks without fencing tokens (Jepsen, etcd 3.4.3): the entry that granted a lock is its token',
  async (t) => {
    const scene = new Scene({ lock: Lock, ledger: Ledger })
    const slow = tokenOf(scene.command('lock', 'acquire', 'slow', 1))
    t.match(scene.command('ledger', 'write', slow, 'slow once'), { value: true })
    const next = tokenOf(scene.command('lock', 'acquire', 'next', 1))
    t.ok(next > slow, 'a later grant has a higher token')
    t.match(scene.command('ledger', 'write', next, 'next'), { value: true })
    t.match(scene.command('ledger', 'write', slow, 'slow again'), { value: false }, 'its lease was over')
    t.same(scene.query('ledger', 'lines'), ['slow once', 'next'])
  },
)

void t.test('tokens go on rising across a snapshot, and so behind every fail-over', async (t) => {
  const scene = new Scene({ lock: Lock, ledger: Ledger })
  const first = tokenOf(scene.command('lock', 'acquire', 'first', 1))
  scene.command('ledger', 'write', first, 'first')
  const other = new Scene({ lock: Lock, ledger: Ledger })
  await other.restore(scene.snapshot(), 2)
  const second = tokenOf(other.command('lock', 'acquire', 'second', 1))
  t.ok(second > first)
  t.match(other.command('ledger', 'write', second, 'second'), { value: true })
  t.match(other.command('ledger', 'write', first, 'late'), { value: false })
})
