/** What the README says takes long: that it does what it says, by a small part of it. */
import t from 'tap'
import { shell } from './readme.js'

t.test('a mistake is put into a copy of the project, and caught', async (t) => {
  const { output } = shell('npm run --silent mutants -- --seeds 0 check-quorum', {})
  const { status, stdout, stderr } = await output
  t.equal(status, 0, stderr)
  t.match(stdout, /^1 of 1 mistakes were caught$/m)
})
