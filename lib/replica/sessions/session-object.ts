/** The replicated object `session`: how a caller opens, keeps and closes sessions. Its state is the table's. */
import { InvalidParamsError } from '../../rpc/errors.js'
import { commandContext } from '../objects/context.js'
import { PARAMETERS } from '../objects/marks.js'
import type { OpenedSession, Sessions } from './sessions.js'

export class SessionObject {
  static readonly commands = ['open', 'keepAlive', 'close']
  /** The table has limits of its own, and without a session nobody could make room. */
  static readonly frees = SessionObject.commands
  static readonly [PARAMETERS] = { open: [], keepAlive: ['session'], close: ['session'] }

  /** `table` gives the one in force: a snapshot that is restored brings another. */
  constructor(private readonly table: () => Sessions) {}

  open(): OpenedSession {
    const context = commandContext()
    return this.table().open(context.index, context.now, () => context.random())
  }

  keepAlive(session: unknown): OpenedSession {
    return this.table().keepAlive(idOf(session), commandContext().now)
  }

  close(session: unknown): boolean {
    return this.table().close(idOf(session), commandContext().now)
  }

  /** Nothing of its own: the table is a part of the snapshot by itself. */
  snapshot(): readonly never[] {
    return []
  }

  restore(): void {
    // Nothing of its own.
  }
}

function idOf(session: unknown): string {
  if (typeof session === 'string') return session
  throw new InvalidParamsError('a session is named by the text that session.open() gave')
}
