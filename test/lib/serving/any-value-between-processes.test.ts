/** Values of all kinds from one process to another, which serves, and back: equal, or refused by whoever would send them. */
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { connect, InternalError, InvalidParamsError, type Remote } from '../../../api.js'
import { Running, temporaryFolder } from '../../harness/processes.js'
import { NameServerScene } from '../../nameserver/scene.js'
import { anything, holding, travelling } from '../../values/any-value.js'
import { same } from '../../values/same.js'
import { anythingOf, thoseOf, type Echo } from './echo-service.js'

const names = await NameServerScene.prepare(t)
await names.start()
const program = join(import.meta.dirname, 'echo-service.js')
const service = new Running([names.address], temporaryFolder(t), {}, program)
t.teardown(() => service.kill())
await service.says(/^echo@.*\n/)
const rollcall = await connect({ nameserver: names.address })
t.teardown(() => rollcall.close())
const byName = rollcall.object<Echo>('echo')
const byUri = rollcall.object<Echo>(service.stdout.trim())

/** Whether what was sent came back as it was, or was not sent. */
async function isEqualOrRefused(echo: Remote<Echo>, value: unknown): Promise<boolean> {
  try {
    return same(await echo.echo(value), [value])
  } catch (error) {
    return (
      error instanceof InvalidParamsError &&
      /^echo\.echo: .*\bargs\[0\].*; the call was not sent$/s.test(error.message)
    )
  }
}

t.test('what travels comes back as it was, by name and by URI', async () => {
  await fc.assert(
    fc.asyncProperty(travelling, fc.constantFrom(byName, byUri), async (value, echo) =>
      same(await echo.echo(value), [value]),
    ),
    { numRuns: 300 },
  )
})

t.test('anything else comes back as it was or is not sent', async () => {
  const value = fc.oneof(anything, holding)
  await fc.assert(
    fc.asyncProperty(value, (value) => isEqualOrRefused(byName, value)),
    { numRuns: 300 },
  )
})

t.test('the other process has what this one has made, and this one what that has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const values = thoseOf(seed)
      const altered = await byName.altered(seed, values)
      return altered.length === 0 && same(await byName.those(seed), values)
    }),
    { numRuns: 10 },
  )
})

t.test('a result that can not travel is refused where it was made', async (t) => {
  let refused = 0
  const isEqualOrRefusedThere = async (seed: number): Promise<boolean> => {
    try {
      return same(await byName.anythingOf(seed), [anythingOf(seed)])
    } catch (error) {
      refused += 1
      return error instanceof InternalError && /^echo\.anythingOf has run, and its result/.test(error.message)
    }
  }
  await fc.assert(fc.asyncProperty(fc.integer(), isEqualOrRefusedThere), { numRuns: 100 })
  t.ok(refused < 100)
})
