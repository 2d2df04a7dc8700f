/** What a caller says beside the arguments, in words of its own. */
import t from 'tap'
import { callContext, connect, expose, startDaemon, type Json, type JsonObject } from '../../../api.js'

class Asked {
  readonly seen: JsonObject[] = []
  @expose async look(): Promise<JsonObject> {
    await Promise.resolve()
    this.seen.push(callContext().annotations)
    return callContext().annotations
  }
  @expose async ask(back: () => unknown): Promise<unknown> {
    return back()
  }
}

t.test('annotations of a call are read in its context, and go no further', async (t) => {
  await using daemon = await startDaemon()
  const client = await connect()
  t.teardown(() => client.close())
  const asked = client.object<Asked>(daemon.register(new Asked(), { id: 'asked' }))
  const annotations = { tenant: 'a', tags: ['x', 1, null], $: { of: 1 } }
  t.strictSame(await asked.look(), {}, 'nothing said')
  t.strictSame(await asked.look({ meta: { annotations } }), annotations)
  t.strictSame(await client.call('asked@' + daemon.place, 'look', [], { meta: { annotations } }), annotations)
  const [batched] = await client.batch((calls) => [calls.of(asked).look.with({ meta: { annotations } })()])
  t.strictSame(batched, annotations)
  const inner = await asked.ask.with({ meta: { annotations } })(() => callContext().annotations)
  t.strictSame(inner, {}, 'a call within the call says what it says itself')
})

t.test('they are what they were when the call was made', async (t) => {
  await using daemon = await startDaemon()
  const client = await connect()
  t.teardown(() => client.close())
  const asked = client.object<Asked>(daemon.register(new Asked()))
  const annotations = { list: ['before'] }
  const call = asked.look.with({ meta: { annotations } })()
  annotations.list.push('after')
  t.strictSame(await call, { list: ['before'] })
})

t.test('what is no JSON, or too much, is refused: by who sends it, and by who reads it', async (t) => {
  await using daemon = await startDaemon()
  const client = await connect()
  t.teardown(() => client.close())
  const here = new Asked()
  const asked = client.object<Asked>(daemon.register(here, { id: 'asked' }))
  const wanted = /meta(?:: |\.)annotations (?:must be|is) an object of JSON, at most 8192 characters/
  const wrong: readonly unknown[] = ['text', [1], { when: new Date() }, { long: 'x'.repeat(8_192) }, null]
  for (const annotations of wrong) {
    const meta = { annotations } as { readonly annotations: JsonObject }
    t.throws(() => asked.look.with({ meta }), { message: wanted })
  }
  const post = async (annotations: Json): Promise<unknown> => {
    const call = { jsonrpc: '2.0', id: 1, method: 'asked.look', params: [], meta: { annotations } }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://${daemon.place}/`, {
      method: 'POST',
      headers,
      body: JSON.stringify(call),
    })
    return answer.json()
  }
  for (const annotations of ['text', [1], { long: 'x'.repeat(8_192) }])
    t.match(await post(annotations), { error: { code: -32600, message: wanted } })
  t.equal(here.seen.length, 0, 'nothing was executed')
  const proto = JSON.parse('{"__proto__":{"tenant":"a"}}') as JsonObject
  t.match(await post(proto), { result: {} })
  t.equal(here.seen[0]?.['tenant'], undefined, 'a member like any other')
})
