/** The files that say who may do what, while they change under a process that runs. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { accessOfFlags } from '../../lib/system/access-files.js'
import { lookAnew } from '../../lib/system/hangup.js'
import { ManualClock } from '../harness/manual-clock.js'
import { RecordingLogger } from '../harness/ports.js'
import { temporaryFolder } from '../harness/processes.js'

const [OLD, NEW] = ['the-first-token-there-was', 'the-one-that-comes-after-it']

class Started {
  readonly clock = new ManualClock()
  readonly logger = new RecordingLogger()
  readonly #file: string
  readonly #token: ReturnType<typeof accessOfFlags>['token']

  constructor(t: Test) {
    this.#file = join(temporaryFolder(t), 'tokens')
    this.write(OLD)
    this.#token = accessOfFlags({ 'token-file': this.#file }, this.logger, this.clock).token
  }

  write(...lines: readonly string[]): void {
    writeFileSync(this.#file, `${lines.join('\n')}\n`, { mode: 0o600 })
  }

  remove(): void {
    rmSync(this.#file)
  }

  get tokens(): unknown {
    return typeof this.#token === 'function' ? this.#token() : this.#token
  }
}

t.test('a file that has changed is read anew by itself, and gives the same list until then', async (t) => {
  const started = new Started(t)
  const before = started.tokens
  started.clock.advance(60_000)
  t.equal(started.tokens, before)
  t.same(started.logger.lines, [])
  started.write(OLD, NEW)
  started.clock.advance(10_000)
  t.same(started.tokens, [OLD, NEW])
  t.match(started.logger.lines, [/^info --token-file: .* was read anew$/])
})

t.test('a file counts once it has stayed the same from one look to the next', async (t) => {
  const started = new Started(t)
  started.write(NEW.slice(0, 20))
  started.clock.advance(5_000)
  started.write(NEW)
  started.clock.advance(1_000)
  t.same(started.tokens, [OLD], 'it may not be complete yet')
  started.clock.advance(1_000)
  t.same(started.tokens, [NEW])
})

t.test('a file that is gone, or wrong, is told of once, and what was read before counts on', async (t) => {
  const started = new Started(t)
  started.remove()
  started.clock.advance(60_000)
  t.match(started.logger.lines, [/^error --token-file: .* ENOENT.*; what was read before counts on$/])
  started.write('short')
  started.clock.advance(60_000)
  t.match(started.logger.lines.slice(1), [/^error .*token 1 must be .*; what was read before counts on$/])
  t.same(started.tokens, [OLD])
  started.write(NEW)
  started.clock.advance(10_000)
  t.same(started.tokens, [NEW])
})

t.test('at a hangup it is read at once', async (t) => {
  const started = new Started(t)
  started.write(NEW)
  lookAnew()
  t.same(started.tokens, [NEW])
})
