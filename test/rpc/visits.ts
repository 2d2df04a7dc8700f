/** Connections that come, hand over callbacks and streams, leave calls behind in every way that there is, and go. */
import { connect } from '../../api.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { expose } from '../../lib/serving/marks.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { callContext } from '../../lib/serving/context.js'
import { exposedBy, startDaemon } from './rig.js'

const AT_ONCE = 50

type Hear = (text: string) => unknown

/** What is there for connections that have come. */
export class Visited {
  open = 0
  running = 0
  @expose subscribe(hear: Hear): unknown {
    this.open += 1
    callContext().connection.onEnd(() => (this.open -= 1))
    return hear('news')
  }
  @expose refuse(hear: Hear): never {
    throw new InvalidParamsError(`no use for a ${typeof hear}`)
  }
  @expose *numbers(): Generator<number> {
    this.running += 1
    try {
      for (let n = 0; ; n += 1) yield n
    } finally {
      this.running -= 1
    }
  }
}

export interface Visits {
  readonly visited: Visited
  /** So many come and go; resolves when nothing runs for them any more. */
  readonly visit: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

export async function startVisits(): Promise<Visits> {
  const visited = new Visited()
  const { daemon, address } = await startDaemon({ it: exposedBy(visited) })
  const uri = formatUri('it', address)
  const visit = async (count: number): Promise<void> => {
    let left = count
    const one = async (): Promise<void> => {
      while (left-- > 0) await oneVisit(uri, left)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
    while (visited.open > 0 || visited.running > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { visited, visit, close: () => daemon.close() }
}

async function oneVisit(uri: string, n: number): Promise<void> {
  const client = await connect()
  const it = client.object<Visited>(uri)
  const text = await it.subscribe((news) => `${news}, heard`)
  if (text !== 'news, heard') throw new Error(`${String(text)} was heard`)
  await it.refuse(() => 'unheard').catch(() => undefined)
  const giveUp = new AbortController()
  const givenUp = it.numbers
    .with({ signal: giveUp.signal })()
    .catch(() => undefined)
  giveUp.abort()
  await givenUp
  for await (const item of await it.numbers()) if (item === n % 50) break
  client.close()
}

export function heapUsed(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
