/**
 * What travels in one message of one connection beside its JSON. Whoever writes it takes back what it hands over when
 * it never leaves, or when the other end answers that it has not executed the call; who answers so keeps nothing of it.
 * Who gets a message for which he has no use any more lets go of all that stands in it.
 */
import { isList, isObject, type Json } from '../../json.js'
import { UnreadableValueError } from '../../values/unsuitable.js'
import type { Exports } from './exports.js'
import type { ConnectionContext } from '../exposed.js'
import type { Imports } from './imports.js'
import { isOwn, metReference, referenceOf, referenceTag, type Referred } from './references.js'
import { backTag, isExportId } from '../export-ids.js'
import type { ExportId } from '../export-ids.js'
import type { Tag, Pointers } from '../../values/tags.js'

/** Both tables of one end of a connection. */
export interface Tables {
  readonly exports: Exports
  readonly imports: Imports
  /** What this process serves itself, and has pointed at over this connection. */
  readonly handed: WeakSet<object>
  /** Default: what references point at can't be found here. */
  readonly referred?: Referred | undefined
  /** The other end is a process of this machine. */
  readonly isLocal: boolean
}

export class Parcel implements Pointers {
  readonly #tables: Tables
  readonly #isOfCall: boolean
  #handedOver: ExportId[] = []
  #met: ExportId[] = []

  /** `isOfCall`: the message is a call of the other end. */
  constructor(tables: Tables, isOfCall: boolean) {
    this.#tables = tables
    this.#isOfCall = isOfCall
  }

  /** @throws OverloadedError when as much has been handed over as may be */
  refer(value: object): Tag | undefined {
    const { exports, imports, handed } = this.#tables
    const own = imports.idOf(value)
    if (own !== undefined) return backTag(own)
    const reference = referenceOf(value)
    if (reference !== undefined) {
      if (isOwn(value, reference)) handed.add(value)
      return referenceTag(reference)
    }
    const [id, tag] = exports.handOver(value) ?? []
    if (id !== undefined) this.#handedOver.push(id)
    return tag
  }

  meet(mark: string, of: Json): unknown {
    if (mark === 'export') {
      const [stub, id] = this.#tables.imports.meet(of, this.#isOfCall)
      this.#met.push(id)
      return stub
    }
    const { handed, referred, isLocal } = this.#tables
    const found = referred && ((reference: string): object => referred(reference, this.#isOfCall))
    if (mark === 'ref') return metReference(of, handed, found, isLocal)
    if (mark === 'back') return this.#tables.exports.given(of)
    throw new UnreadableValueError(`a tag ${JSON.stringify(mark)} that stands for nothing here`)
  }

  /** The message has not been sent, or has come to nothing at the other end. */
  takeBack(): void {
    this.#tables.exports.release(this.#handedOver)
    this.#handedOver = []
  }

  /** The call that came in it is answered as not executed: whoever sent it takes back what it held. */
  leave(): void {
    for (const id of this.#met) this.#tables.imports.leave(id)
    this.#met = []
  }

  /** Nobody has a use for the message, which holds `json`: the other end is told. */
  decline(json: Json): void {
    this.leave()
    this.#tables.imports.decline(exportsIn(json))
  }
}

/** Of all that is handed over in a value with tags. What else has a member `$` stands within a tag. */
function exportsIn(json: Json): ExportId[] {
  const found: ExportId[] = []
  const left: Json[] = [json]
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (isList(part)) for (const each of part) left.push(each)
    else if (isObject(part)) {
      const [id] = part['$'] === 'export' && isList(part['of']) ? part['of'] : []
      if (isExportId(id)) found.push(id)
      for (const each of Object.values(part)) left.push(each)
    }
  }
  return found
}

/** Where there is no way back: each exchange of HTTP ends with its answer. */
const ONE_WAY: Pointers & Pick<Parcel, 'leave'> = {
  refer: () => undefined,
  leave: () => undefined,
  meet: (_, of) => {
    const what = isExportId(of) ? of : 'something that the caller holds'
    throw new UnreadableValueError(
      `${what}, and HTTP has no way back to it: call over a lasting connection, by lines or WebSocket`,
    )
  },
}

/** For a call that came over the connection. */
export function parcelOf({ peer }: Pick<ConnectionContext, 'peer'>): Pointers & Pick<Parcel, 'leave'> {
  return peer?.parcel(true) ?? ONE_WAY
}
