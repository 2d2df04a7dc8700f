/** Files that are read anew while a process runs: what becomes of a reading that comes to nothing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lookAnew } from '../../lib/system/hangup.js'
import { WatchedFiles } from '../../lib/system/watched-files.js'
import { ManualClock } from '../harness/manual-clock.js'
import { temporaryFolder } from '../harness/processes.js'

/** A file that counts how often it was read, and why it could not be. */
class Scene {
  readonly clock = new ManualClock()
  readonly told: string[] = []
  /** Why it can't be read. */
  trouble: string | undefined
  /** Runs when it was read anew. */
  renewed: (() => void) | undefined
  readonly files: WatchedFiles<number>
  readonly #file: string
  #readings = 0

  constructor(t: Test) {
    this.#file = join(temporaryFolder(t), 'watched')
    this.change()
    this.files = new WatchedFiles({
      files: [this.#file],
      read: () => {
        this.#readings += 1
        if (this.trouble !== undefined) throw new Error(this.trouble)
        return this.#readings
      },
      renewed: () => this.renewed?.(),
      failed: (error) => this.told.push(String(error)),
      clock: this.clock,
    })
  }

  change(): void {
    writeFileSync(this.#file, 'x'.repeat(this.#readings + 1))
  }
}

t.test('bug: what could not be read for a moment was not read again until the file changed', async (t) => {
  const scene = new Scene(t)
  t.teardown(scene.files.watch())
  scene.trouble = 'EMFILE: too many open files'
  scene.change()
  scene.clock.advance(60_000)
  t.equal(scene.files.last, 1)
  t.same(scene.told, ['Error: EMFILE: too many open files'], 'told once, however often it is tried')
  scene.trouble = 'EACCES: permission denied'
  scene.clock.advance(60_000)
  t.equal(scene.told.length, 2, 'and once of another reason')
  scene.trouble = undefined
  scene.clock.advance(10_000)
  const { last } = scene.files
  t.ok(last > 1)
  scene.clock.advance(60_000)
  t.equal(scene.files.last, last, 'what was read is not read again')
})

t.test('what is read anew because somebody says so, or the file has changed, is told of again', async (t) => {
  const scene = new Scene(t)
  t.teardown(scene.files.watch())
  scene.trouble = 'it is no list'
  lookAnew()
  lookAnew()
  t.equal(scene.told.length, 2)
  scene.change()
  scene.clock.advance(10_000)
  t.equal(scene.told.length, 3)
})

t.test('bug: who looked no more once he was told of a change left a timer behind', async (t) => {
  const scene = new Scene(t)
  const stop = scene.files.watch()
  scene.renewed = stop
  scene.change()
  scene.clock.advance(60_000)
  t.equal(scene.files.last, 2)
  t.equal(scene.clock.armed, 0)
})
