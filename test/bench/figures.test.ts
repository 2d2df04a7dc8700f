/** `npm run figures`, its simulated part. */
import t from 'tap'
import { figures } from './figures.js'

t.test('two runs print the same figures and draw the same curves', async (t) => {
  const first = figures(t, '--trials', '1')
  const second = figures(t, '--trials', '1')
  t.equal(first.status, 0, first.stderr)
  t.equal(first.drawings.length, 2)
  t.same(second, first)
})

t.test('a known answer that is missed fails the check, by its name', async (t) => {
  const { status, stderr } = figures(t, '--trials', '1', '--check')
  t.equal(status, 1)
  t.match(stderr, /^missed: the .* agrees with /)
})

t.test('a line that Figure 16 does not have is refused', async (t) => {
  const { status, stderr } = figures(t, '--line', '1-2')
  t.equal(status, 1)
  t.match(stderr, 'Figure 16 has no line 1-2: 150-155,')
})
