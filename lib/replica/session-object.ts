/** The replicated object `session`: how a caller opens, keeps and closes sessions. The table is its state. */
import type { Json } from '../json.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { commandContext } from './context.js'
import type { OpenedSession, Sessions } from './sessions.js'
import { sliced } from './sliced.js'

/** The name under which every member serves it. */
export const SESSION_OBJECT = 'session'

export class SessionObject {
  static readonly commands = ['open', 'keepAlive', 'close']

  constructor(private readonly table: Sessions) {}

  open(): OpenedSession {
    const context = commandContext()
    return this.table.open(context.index, context.now, () => context.random())
  }

  keepAlive(session: unknown): OpenedSession {
    return this.table.keepAlive(idOf(session), commandContext().now)
  }

  close(session: unknown): boolean {
    return this.table.close(idOf(session), commandContext().now)
  }

  snapshot(): Iterable<Json> {
    return sliced(this.table.capture())
  }

  restore(chunks: AsyncIterable<Json>): Promise<void> {
    return this.table.restore(chunks)
  }
}

function idOf(session: unknown): string {
  if (typeof session === 'string') return session
  throw new InvalidParamsError('a session is named by the text that session.open() gave')
}
