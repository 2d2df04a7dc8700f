/** To whom a client says its token: to those whom it has chosen to call, and not to those whom others name. */
import t, { type Test } from 'tap'
import { connect, expose, startDaemon, type Remote, type Rollcall } from '../../../api.js'

class Thing {
  @expose touch(): string {
    return 'touched'
  }
  @expose part(): Thing {
    return new Thing()
  }
}

class Shelf {
  constructor(readonly thing: object) {}
  @expose take(): object {
    return this.thing
  }
}

interface Stranger {
  readonly uri: string
  /** What it was told, call by call. */
  readonly heard: (string | undefined)[]
}

async function scene(t: Test): Promise<{ client: Rollcall; stranger: Stranger; shelf: string }> {
  const heard: (string | undefined)[] = []
  const open = await startDaemon()
  const elsewhere = await startDaemon({
    authenticate: ({ token }) => {
      heard.push(token)
      return 'anybody'
    },
  })
  const uri = elsewhere.register(new Thing(), { id: 'thing' })
  const between = await connect()
  const shelf = open.register(new Shelf(between.object<Thing>(uri)), { id: 'shelf' })
  const client = await connect({ token: 'mine alone' })
  t.teardown(async () => {
    client.close()
    between.close()
    await open.close()
    await elsewhere.close()
  })
  return { client, stranger: { uri, heard }, shelf }
}

interface There {
  take(): Promise<Remote<Thing>>
}

t.test('whoever is named by another process does not hear it, nor does what that hands over', async (t) => {
  const { client, stranger, shelf } = await scene(t)
  const thing = await client.object<There>(shelf).take()
  t.equal(await thing.touch(), 'touched')
  const part = await thing.part()
  t.equal(await part.touch(), 'touched')
  await client.batch((calls) => [calls.of(client.object<Thing>({ $: 'ref', of: stranger.uri })).touch()])
  t.ok(stranger.heard.length > 0)
  t.same(new Set(stranger.heard), new Set([undefined]))
})

t.test('who is called by hand hears it, and so does who is named at that address afterwards', async (t) => {
  const { client, stranger, shelf } = await scene(t)
  await client.object<Thing>(stranger.uri).touch()
  t.same(new Set(stranger.heard), new Set(['mine alone']))
  const thing = await client.object<There>(shelf).take()
  await thing.touch()
  t.same(new Set(stranger.heard), new Set(['mine alone']))
})

t.test('another token that is said of a call goes along with it wherever it goes', async (t) => {
  const { client, stranger } = await scene(t)
  const thing = client.object<Thing>({ $: 'ref', of: stranger.uri })
  await thing.touch.with({ meta: { token: 'for the thing' } })()
  t.same(stranger.heard.at(-1), 'for the thing')
})
