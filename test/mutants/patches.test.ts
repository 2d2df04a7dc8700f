/** A patch that no longer fits its source shows nothing any more, and nobody would miss it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mistaken, readPatch, SIMULATOR } from './patch.js'
import { changedFiles, readPatches, root } from './patches.js'

t.test('each patch applies at exactly one place, and says what should notice it', async (t) => {
  const patches = readPatches()
  t.ok(patches.length >= 100, `${patches.length} patches`)
  for (const patch of patches) {
    t.doesNotThrow(() => changedFiles(patch), patch.name)
    for (const { file } of patch.caughtBy)
      t.ok(file === SIMULATOR || existsSync(join(root, file)), `${patch.name}: ${file}`)
  }
})

const TEXT = `Mistake: The guard is left out.
Seen in: a test
Caught by: test/one.test.ts, test/two.test.ts (does not end), simulator

diff --git a/lib/one.ts b/lib/one.ts
--- a/lib/one.ts
+++ b/lib/one.ts
@@ -1,3 +1,2 @@
 before
-guard
 after
`

t.test('a patch is read, and puts its mistake into the source', async (t) => {
  const patch = readPatch('patches/left-out.patch', TEXT)
  t.match(patch, { name: 'left-out', mistake: 'The guard is left out.', seenIn: 'a test' })
  t.same(patch.caughtBy, [
    { file: 'test/one.test.ts', mayHang: false },
    { file: 'test/two.test.ts', mayHang: true },
    { file: 'simulator', mayHang: false },
  ])
  const [file] = patch.files
  if (file === undefined) throw new Error('no file')
  t.equal(file.path, 'lib/one.ts')
  t.equal(mistaken(file, 'first\nbefore\nguard\nafter\n'), 'first\nbefore\nafter\n')
})

t.test('a patch whose place is gone, or is not the only one, does not apply', async (t) => {
  const [file] = readPatch('left-out.patch', TEXT).files
  if (file === undefined) throw new Error('no file')
  t.throws(() => mistaken(file, 'before\nother guard\nafter\n'), /stands there 0 times/)
  t.throws(() => mistaken(file, 'before\nguard\nafter\nbefore\nguard\nafter\n'), /stands there 2 times/)
})

t.test('a patch without a line of its header, or without a change, is refused', async (t) => {
  for (const name of ['Mistake', 'Seen in', 'Caught by']) {
    const text = TEXT.replace(`${name}: `, '')
    t.throws(() => readPatch('left-out.patch', text), {
      message: `left-out: its header has no line "${name}: …"`,
    })
  }
  t.throws(() => readPatch('left-out.patch', TEXT.slice(0, TEXT.indexOf('diff'))), /no change/)
})
