/** What a member says of its replicated classes: their versions, and the commands that they know. */
import type { Json } from '../../json.js'
import { fields, list, shown, text, whole } from '../guards/json-readers.js'

export interface ClassSaid {
  readonly version: number
  readonly commands: ReadonlySet<string>
}

/** A member's replicated objects by their names. */
export type Classes = ReadonlyMap<string, ClassSaid>

/** `{"visits": {"version": 2, "commands": ["visit"]}}` */
export function classesToJson(classes: Classes): Json {
  return Object.fromEntries(
    [...classes].map(([name, { version, commands }]) => [name, { version, commands: [...commands] }]),
  )
}

export function readClasses(json: unknown): Classes {
  return new Map(
    Object.entries(fields(json, 'classes')).map(([name, said]) => {
      const { version, commands } = fields(said, `the class of ${shown(name)}`)
      const names = list(commands, 'commands').map((each) => text(each, 'a command'))
      return [name, { version: whole(version, 'version'), commands: new Set(names) }]
    }),
  )
}
