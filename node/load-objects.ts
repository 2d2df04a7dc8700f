/** `--objects FILE.js`: the user's replicated classes. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ReplicatedClass } from '../lib/replica/objects/marks.js'
import { CommandError } from '../lib/command-line/report.js'

/**
 * Imports a module and takes its default export, an object of classes by object name:
 * `export default { visits: Visits }`. Rejects when the file can't be imported or exports something else.
 */
export async function loadObjects(
  files: readonly string[],
): Promise<Readonly<Record<string, ReplicatedClass>>> {
  const objects = new Map<string, ReplicatedClass>()
  for (const file of files) {
    for (const [name, found] of Object.entries(await defaultExport(file))) {
      if (!isClass(found)) throw new CommandError('INVALID_OBJECTS', `${file}: ${name} is no class`)
      if (objects.has(name))
        throw new CommandError('INVALID_OBJECTS', `${file}: there is another object named ${name}`)
      objects.set(name, found)
    }
  }
  return Object.fromEntries(objects)
}

async function defaultExport(file: string): Promise<object> {
  const module: unknown = await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError('INVALID_OBJECTS', `${file} can't be imported: ${reason}`)
  })
  const found: unknown =
    typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined
  if (typeof found === 'object' && found !== null) return found
  throw new CommandError(
    'INVALID_OBJECTS',
    `${file} must have a default export that names its classes: export default { visits: Visits }`,
  )
}

function isClass(value: unknown): value is ReplicatedClass {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}
