/** A mutant whose line has moved on shows nothing any more, and nobody would miss it. */
import t from 'tap'
import { fileURLToPath } from 'node:url'
import { strayed } from './lines.js'
import { GUARDING_LINES } from './guarding-lines.js'

const core = fileURLToPath(new URL('../../lib/raft/', import.meta.url))

t.test('each mutant finds its line once', async (t) => {
  t.strictSame(strayed(GUARDING_LINES, core), [])
})

t.test('a mutant whose line or file is gone is found', async (t) => {
  const [known] = GUARDING_LINES
  if (known === undefined) throw new Error('no mutants')
  const gone = strayed([{ ...known, find: 'no such line' }, { ...known, file: 'gone.js' }, known], core)
  t.equal(gone.length, 2)
})
