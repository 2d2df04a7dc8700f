/** Guarded doors from unknown JSON to what the code is made of: each gives the value with its type, or refuses it. */
import { isList, isObject, isWhole } from './json.js'

export type Fields = Readonly<Record<string, unknown>>

type Refuse = (what: string, wanted: string) => Error

type Read<T> = (value: unknown, what: string) => T

export interface JsonReaders {
  readonly fields: Read<Fields>
  readonly list: Read<readonly unknown[]>
  readonly whole: Read<number>
  readonly number: Read<number>
  readonly flag: Read<boolean>
  readonly text: Read<string>
}

/** The readers of a room, which refuse in its own way. `refuse(what, wanted)`: `voters`, `a list`. */
export function jsonReaders(refuse: Refuse): JsonReaders {
  return {
    fields: (value, what) => {
      if (isObject(value)) return value
      throw refuse(what, 'an object')
    },
    list: (value, what) => {
      if (isList(value)) return value
      throw refuse(what, 'a list')
    },
    whole: (value, what) => {
      if (isWhole(value)) return value
      throw refuse(what, 'a whole number from 0 up')
    },
    number: (value, what) => {
      if (typeof value === 'number') return value
      throw refuse(what, 'a number')
    },
    flag: (value, what) => {
      if (typeof value === 'boolean') return value
      throw refuse(what, 'true or false')
    },
    text: (value, what) => {
      if (typeof value === 'string' && value !== '') return value
      throw refuse(what, 'a text that is not empty')
    },
  }
}
