/** Streams of Node.js and of the web, handed over: they hold something before anybody reads them, and may fail. */
import t, { type Test } from 'tap'
import { createReadStream, type ReadStream } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { connect, exposed, startDaemon, type DaemonOptions } from '../../../api.js'
import { leaveUnread } from '../../../lib/rpc/handing/stream-source.js'

async function scene<T extends object>(t: Test, target: T, options: DaemonOptions = {}) {
  const daemon = await startDaemon(options)
  const rollcall = await connect()
  t.teardown(async () => {
    rollcall.close()
    await daemon.close()
  })
  const uri = daemon.register(target, { id: 'it' })
  return { rollcall, object: rollcall.object<T>(uri), place: daemon.place }
}

function closed(stream: Readable): Promise<unknown> {
  return new Promise((resolve) => (stream.closed ? resolve(undefined) : stream.once('close', resolve)))
}

function files() {
  const opened: ReadStream[] = []
  const read = (path: string): AsyncIterable<Uint8Array> => {
    const stream = createReadStream(path)
    opened.push(stream)
    return stream
  }
  const size = async (bytes: AsyncIterable<Uint8Array>): Promise<number> => {
    let sum = 0
    for await (const chunk of bytes) sum += chunk.length
    return sum
  }
  return { opened, target: exposed({ read, size }, ['read', 'size']) }
}

t.test('bug: a file that is not there, returned to be read, ended the process', async (t) => {
  const { opened, target } = files()
  const { object } = await scene(t, target)
  const bytes = await object.read('/nowhere/at/all')
  await Promise.all(opened.map(closed))
  await t.rejects(bytes.next(), { message: /ENOENT/ }, 'whoever reads hears of it')
})

t.test('bug: a file that is not there, given to be read, ended the process', async (t) => {
  const { target } = files()
  const { object } = await scene(t, target)
  await t.rejects(object.size(createReadStream('/nowhere/at/all')), { message: /ENOENT/ })
  t.ok((await object.size(createReadStream(import.meta.filename))) > 0)
})

t.test('bug: a file that nobody read stayed open', async (t) => {
  const { opened, target } = files()
  const { object, rollcall } = await scene(t, target)
  const left = await object.read(import.meta.filename)
  left[Symbol.dispose]()
  await object.read(import.meta.filename)
  t.equal(opened.length, 2)
  await Promise.all(opened.slice(0, 1).map(closed))
  rollcall.close()
  await Promise.all(opened.map(closed))
})

t.test('bug: a file stayed open that came as an item when the reader of the stream had left', async (t) => {
  let open: (value?: unknown) => void = () => undefined
  const hasLeft = new Promise((resolve) => (open = resolve))
  const { opened, target } = files()
  const each = async function* (): AsyncGenerator {
    yield 'first'
    await hasLeft
    yield target.read(import.meta.filename)
  }
  const { object } = await scene(t, exposed({ each, open: () => open() }, ['each', 'open']))
  const items = await object.each()
  await items.next()
  await items.return()
  // It comes behind the word that nobody reads.
  await object.open()
  while (opened.length === 0) await new Promise(setImmediate)
  await Promise.all(opened.map(closed))
})

t.test('bug: a file whose caller can read no stream stayed open', async (t) => {
  const { opened, target } = files()
  const { place } = await scene(t, target)
  const call = (id: object): string =>
    JSON.stringify({ jsonrpc: '2.0', method: 'it.read', params: [import.meta.filename], ...id })
  for (const id of [{ id: 1 }, {}])
    await fetch(`http://${place}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: call(id),
    })
  await Promise.all(opened.map(closed))
  t.equal(opened.length, 2)
})

t.test('bug: a file that is not there, and that nobody gets, ended the process', async (t) => {
  const stream = createReadStream('/nowhere/at/all')
  leaveUnread(stream)
  await closed(stream)
  t.match(stream.errored, { code: 'ENOENT' })
})

t.test('bug: who left a stream that had nothing to say was not heard', async (t) => {
  const node = new PassThrough()
  let isCancelled: () => void = () => undefined
  const cancelled = new Promise<void>((resolve) => (isCancelled = resolve))
  const errors: unknown[] = []
  const target = exposed(
    {
      node: (): AsyncIterable<Uint8Array> => node,
      web: (): AsyncIterable<string> =>
        new ReadableStream<string>({
          start: (controller) => controller.enqueue('first'),
          cancel: () => isCancelled(),
        }),
    },
    ['node', 'web'],
  )
  const { object } = await scene(t, target, { onCallError: (error) => void errors.push(error) })
  const [quiet, web] = [await object.node(), await object.web()]
  node.write('first')
  await quiet.next()
  t.same(await web.next(), { done: false, value: 'first' })
  void quiet.next()
  void web.next()
  await Promise.all([quiet.return(), web.return()])
  await Promise.all([closed(node), cancelled])
  t.same(errors, [], 'and nothing has gone wrong')
})
