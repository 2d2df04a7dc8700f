/** A mutant whose line has moved on shows nothing any more, and nobody would miss it. */
import t from 'tap'
import { fileURLToPath } from 'node:url'
import { strayed } from './lines.js'
import { MUTANTS } from './mutants.js'

const core = fileURLToPath(new URL('../../lib/raft/', import.meta.url))

t.test('each mutant finds its line once', async (t) => {
  t.strictSame(strayed(MUTANTS, core), [])
})

t.test('a mutant whose line or file is gone is found', async (t) => {
  const [known] = MUTANTS
  if (known === undefined) throw new Error('no mutants')
  const gone = strayed([{ ...known, find: 'no such line' }, { ...known, file: 'gone.js' }, known], core)
  t.equal(gone.length, 2)
})
