/** A mutant that the compiler refuses shows nothing of what the tests notice. */
import t from 'tap'
import { Compiler } from './compiler.js'
import { changedFiles, readPatches } from './patches.js'

t.test('the project compiles with each patch', async (t) => {
  const patches = readPatches()
  t.ok(patches.length >= 100, `${patches.length} patches`)
  t.same(new Compiler().faults(new Map(patches.map((patch) => [patch.name, changedFiles(patch)]))), [])
})
