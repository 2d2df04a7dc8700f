/**
 * A client in a process of its own, that was told of name servers alone: `writer.js NAMESERVER,…`, with a channel to
 * its parent. What it is told, and what it says, is below.
 */
import { connect } from '../../api.js'

/** What is done without a pause, and told of each time. */
export type Work = 'commands' | 'look-ups' | 'searches' | 'registrations'

/** `write`: commands without a pause from now on; `name`: all else, too. `readyAt`: whether that place's process is. */
export type Told = 'write' | 'name' | 'stop' | 'leader' | { readonly readyAt: string }

export type News =
  | { readonly type: 'acknowledged'; readonly what: Work }
  | { readonly type: 'failed'; readonly why: string }
  /** Once nothing is under way any more. */
  | { readonly type: 'stopped'; readonly value: number }
  | { readonly type: 'ready'; readonly isReady: boolean }
  /** Whom all members follow; null: not all follow one. */
  | { readonly type: 'leader'; readonly id: string | null }

const IN_FLIGHT = 8

const [nameservers = ''] = process.argv.slice(2)
const client = await connect({ nameserver: nameservers.split(',') })
const PRINTER = 'printer@printer.example:1'
const counter = client.object<{ increment(): number; value(): number }>('counter')
let isOver = false
let writers: readonly Promise<void>[] = []

process.on('message', (told: Told) => void hear(told))
// Its parent has ended.
process.on('disconnect', () => process.exit())
say({ type: 'leader', id: null })

async function hear(told: Told): Promise<void> {
  if (told === 'write')
    writers = Array.from({ length: IN_FLIGHT }, () => work('commands', () => counter.increment()))
  else if (told === 'name') {
    await client.nameserver.register('printer', PRINTER)
    writers = [
      ...writers,
      work('look-ups', () => client.nameserver.lookup('printer')),
      work('searches', () => client.resolve('printer', { waitMs: 30_000 })),
      work('registrations', (round) => client.nameserver.register(`name${round % 20}`, PRINTER)),
    ]
  } else if (told === 'leader') say({ type: 'leader', id: await leader() })
  else if (typeof told === 'object') say({ type: 'ready', isReady: await isReady(told.readyAt) })
  else {
    isOver = true
    await Promise.all(writers)
    say({ type: 'stopped', value: await counter.value() })
  }
}

async function work(what: Work, once: (round: number) => Promise<unknown>): Promise<void> {
  for (let round = 0; !isOver; round++)
    try {
      await once(round)
      say({ type: 'acknowledged', what })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      say({ type: 'failed', why: `${what}: ${why}` })
    }
}

async function leader(): Promise<string | null> {
  const views = await client.status()
  const leading = views.find((view) => view.reachable && view.role === 'leader')?.id
  const isFollowed = views.every((view) => view.reachable && view.leader?.id === leading)
  return leading !== undefined && isFollowed ? leading : null
}

/** As `rollcall ready` asks it. */
async function isReady(place: string): Promise<boolean> {
  return fetch(`http://${place}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

function say(news: News): void {
  process.send?.(news)
}
