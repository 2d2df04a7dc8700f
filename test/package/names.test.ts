/** What users import, in the pieces that they have it in. */
import t from 'tap'

for (const entry of ['rollcall', 'rollcall/testing'])
  t.test(`what ${entry} exports has the name that it is exported by`, async (t) => {
    const exported = (await import(entry)) as Readonly<Record<string, unknown>>
    for (const [name, value] of Object.entries(exported))
      if (typeof value === 'function') t.equal(value.name, name)
  })

t.test('an error is called by its class', async (t) => {
  const { RemoteError } = await import('rollcall')
  t.equal(String(new RemoteError({ name: 'Error', message: 'no' })), 'RemoteError: no')
})
