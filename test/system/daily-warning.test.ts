/** What is said of a certificate, or a list, that ends. */
import t from 'tap'
import { DailyWarning, type Ending } from '../../lib/system/tls/daily-warning.js'
import { ManualClock } from '../harness/manual-clock.js'
import { RecordingLogger } from '../harness/ports.js'

const DAY_MS = 24 * 60 * 60 * 1000
const ending: Ending = {
  what: 'the certificate in own.pem',
  result: 'nobody takes it',
  isNearFrom: 10 * DAY_MS,
  at: 12 * DAY_MS,
}

t.test('it is said once a day from when the end is near, and that it has come', async (t) => {
  const clock = new ManualClock()
  const logger = new RecordingLogger()
  const warning = new DailyWarning({ clock, logger })
  const look = (hours: number): void => {
    for (let hour = 0; hour < hours; hour++) {
      clock.advance(DAY_MS / 24)
      warning.look(ending)
    }
  }
  warning.look(undefined)
  look(10 * 24 - 1)
  t.same(logger.lines, [])
  look(1)
  t.match(logger.lines, [/^warn the certificate in own\.pem ends on .*, in 2 days: renew it$/])
  look(24)
  t.equal(logger.lines.length, 2)
  look(24)
  t.match(logger.lines.slice(2), [/^error .* has expired on .*: nobody takes it; renew it$/])
  look(23)
  t.equal(logger.lines.length, 3)
  warning.forget()
  look(1)
  t.equal(logger.lines.length, 4, 'of another one it is said anew')
})
