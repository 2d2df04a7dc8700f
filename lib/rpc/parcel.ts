/** What travels in one message of one connection beside its JSON: handed over as it is written, and taken back if it never leaves. */
import type { Json } from '../json.js'
import { UnreadableValueError } from '../values/unsuitable.js'
import type { Exports } from './exports.js'
import type { ConnectionContext } from './host.js'
import type { Imports } from './imports.js'
import { backTag, isExportId } from './travellers.js'
import type { ExportId, Tag, Travellers } from './travellers.js'

/** Both tables of one end of a connection. */
export interface Tables {
  readonly exports: Exports
  readonly imports: Imports
}

export class Parcel implements Travellers {
  readonly #tables: Tables
  #handedOver: ExportId[] = []

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** @throws OverloadedError when as much has been handed over as may be */
  refer(value: object): Tag | undefined {
    const { exports, imports } = this.#tables
    const own = imports.idOf(value)
    if (own !== undefined) return backTag(own)
    const [id, tag] = exports.handOver(value) ?? []
    if (id !== undefined) this.#handedOver.push(id)
    return tag
  }

  meet(mark: string, of: Json): unknown {
    if (mark === 'export') return this.#tables.imports.meet(of)
    if (mark === 'back') return this.#tables.exports.given(of)
    throw new UnreadableValueError(`a tag ${JSON.stringify(mark)} that stands for nothing here`)
  }

  /** The message has not been sent. */
  takeBack(): void {
    this.#tables.exports.release(this.#handedOver)
    this.#handedOver = []
  }
}

/** Where there is no way back: each exchange of HTTP ends with its answer. */
const ONE_WAY: Travellers = {
  refer: () => undefined,
  meet: (_, of) => {
    const what = isExportId(of) ? of : 'something that the caller holds'
    throw new UnreadableValueError(
      `${what}, and HTTP has no way back to it: call over a lasting connection, by lines or WebSocket`,
    )
  },
}

/** For one message that came over the connection, or goes there. */
export function travellersOf({ peer }: Pick<ConnectionContext, 'peer'>): Travellers {
  return peer?.parcel() ?? ONE_WAY
}
