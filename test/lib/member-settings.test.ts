import t from 'tap'
import { memberSettings, SETTINGS } from '../../lib/member-settings.js'

t.test('what nobody sets has its default, also where undefined is handed on', async (t) => {
  const defaults = {
    electionTimeout: { min: 150, max: 300 },
    heartbeat: 50,
    priority: 0,
    readLease: false,
    methodLimit: 10_000,
    stateBytes: 0,
  }
  t.strictSame(memberSettings(), defaults)
  t.strictSame(memberSettings({ heartbeat: undefined, electionTimeout: undefined }), defaults)
  t.strictSame(memberSettings({ priority: 3, readLease: true }), {
    ...defaults,
    priority: 3,
    readLease: true,
  })
})

t.test('only settings are taken from options that hold more', async (t) => {
  const options = { id: 'node1', heartbeat: 20 }
  t.strictSame(Object.keys(memberSettings(options)), Object.keys(SETTINGS))
})

t.test('a number out of its range is refused, by its name', async (t) => {
  for (const heartbeat of [0, 60_001, 1.5, NaN, Infinity])
    t.throws(() => memberSettings({ heartbeat }), {
      name: 'RangeError',
      message: `heartbeat must be a whole number from 1 to 60000, not ${heartbeat}`,
    })
  t.throws(() => memberSettings({ priority: -1 }), /priority must be a whole number from 0 to 1000000/)
  t.throws(() => memberSettings({ methodLimit: 99 }), /methodLimit must be a whole number from 100/)
  for (const limits of [{ heartbeat: 1 }, { heartbeat: 60_000 }]) t.match(memberSettings(limits), limits)
})

t.test('bug: of a range that is no object its missing min was told of', async (t) => {
  for (const [electionTimeout, said] of [
    ['300-600', '"300-600"'],
    [300, '300'],
    [null, 'null'],
    [[150, 300], '150,300'],
  ] as const)
    t.throws(() => void Reflect.apply(memberSettings, undefined, [{ electionTimeout }]), {
      name: 'RangeError',
      message: `electionTimeout must be an object with min and max, not ${said}`,
    })
})

t.test('a range whose ends are out of place is refused', async (t) => {
  const wrong = [
    [{ min: 300, max: 300 }, /electionTimeout.min must be below electionTimeout.max: 300 is not below 300/],
    [{ min: 0, max: 300 }, /electionTimeout.min must be a whole number from 1 to 9999999, not 0/],
    [{ min: 150, max: NaN }, /electionTimeout.max must be a whole number/],
  ] as const
  for (const [electionTimeout, message] of wrong)
    t.throws(() => memberSettings({ electionTimeout }), { name: 'RangeError', message })
})
