/**
 * A client in a process of its own, that was told of a name server alone: `writer.js NAMESERVER`, with a channel to its
 * parent. What it is told, and what it says, is below.
 */
import { connect } from '../../index.js'

/** `write`: without a pause from now on; each command is told of. */
export type Told = 'write' | 'stop' | 'leader'

export type News =
  | { readonly type: 'acknowledged' }
  | { readonly type: 'failed'; readonly why: string }
  /** Once nothing is under way any more. */
  | { readonly type: 'stopped'; readonly value: number }
  /** Whom all members follow; null: not all follow one. */
  | { readonly type: 'leader'; readonly id: string | null }

const IN_FLIGHT = 8

const [nameserver = ''] = process.argv.slice(2)
const client = await connect({ nameserver })
const counter = client.object<{ increment(): number; value(): number }>('counter')
let isOver = false
let writers: readonly Promise<void>[] = []

process.on('message', (told: Told) => void hear(told))
// Its parent has ended.
process.on('disconnect', () => process.exit())
say({ type: 'leader', id: null })

async function hear(told: Told): Promise<void> {
  if (told === 'write') writers = Array.from({ length: IN_FLIGHT }, write)
  else if (told === 'leader') say({ type: 'leader', id: await leader() })
  else {
    isOver = true
    await Promise.all(writers)
    say({ type: 'stopped', value: await counter.value() })
  }
}

async function write(): Promise<void> {
  while (!isOver)
    try {
      await counter.increment()
      say({ type: 'acknowledged' })
    } catch (error) {
      say({ type: 'failed', why: error instanceof Error ? error.message : String(error) })
    }
}

async function leader(): Promise<string | null> {
  const views = await client.status()
  const leading = views.find((view) => view.reachable && view.role === 'leader')?.id
  const isFollowed = views.every((view) => view.reachable && view.leader?.id === leading)
  return leading !== undefined && isFollowed ? leading : null
}

function say(news: News): void {
  process.send?.(news)
}
