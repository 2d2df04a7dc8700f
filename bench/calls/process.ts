/**
 * One end of a library that is compared, in a process of its own: `process.js LIBRARY` serves and sends its port to its
 * parent, `process.js LIBRARY PORT` connects, and then measures each row that it is sent.
 */
import { load } from '../load.js'
import type { Measured, Order } from './calls.js'
import type { Rows } from './library.js'
import { LIBRARIES } from './libraries/index.js'

const IN_FLIGHT = 256
const BATCH = 100
const BATCHES_IN_FLIGHT = 4
const ITEMS = 20_000

/** A second's worth of calls, items or calls back. Undefined: it has no form for them. */
async function measure(rows: Rows, { row, ms }: Order): Promise<number | undefined> {
  const { call, batch, stream, callbacks } = rows
  switch (row) {
    case 'sequential':
      return (await load(1, ms, call)).perSecond
    case 'pipelined':
      return (await load(IN_FLIGHT, ms, call)).perSecond
    case 'batched':
      return batch && (await load(BATCHES_IN_FLIGHT, ms, () => batch(BATCH))).perSecond * BATCH
    case 'streamed':
      return stream && repeated(ms, stream)
    case 'callbacks':
      return callbacks && repeated(ms, callbacks)
  }
}

async function repeated(ms: number, of: (count: number) => Promise<unknown>): Promise<number> {
  await of(ITEMS / 4)
  const started = performance.now()
  let done = 0
  while (performance.now() - started < ms) {
    await of(ITEMS)
    done += ITEMS
  }
  return (done / (performance.now() - started)) * 1000
}

const [name = '', port] = process.argv.slice(2)
const library = await LIBRARIES.get(name)?.()
if (library === undefined) throw new Error(`there is no library ${name}`)
const tell = (message: Measured | { readonly port: number }): void => void process.send?.(message)
process.on('disconnect', () => process.exit(0))
if (port === undefined) tell({ port: await library.serve() })
else {
  const rows = await library.connect(Number(port))
  process.on('message', (order: Order) => {
    void measure(rows, order).then((perSecond) => tell({ perSecond: perSecond ?? null }))
  })
}
