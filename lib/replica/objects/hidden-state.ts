/** State of an object that its snapshot could not see. */
import { methodOf } from './lineage.js'
import { UnsuitableClassError } from './unsuitable-class.js'

/**
 * A snapshot takes an object's fields, and `#private` ones can't be seen from outside. Nothing in the language tells
 * whether a class has them, so its source is read: comments and quoted text aside, a `#name` that begins a member
 * and is not a method is a field, and so is what a compiler makes of one that turns private fields into WeakMaps.
 */
export function refuseHiddenState(instance: object, classes: readonly (() => void)[]): void {
  if (methodOf(instance, 'snapshot') !== undefined && methodOf(instance, 'restore') !== undefined) return
  for (const each of classes) {
    const source = Function.prototype.toString.call(each).replace(COMMENTS_AND_TEXTS, '""')
    const field = PRIVATE_FIELD.exec(source)?.[1] ?? loweredField(source)
    if (field === undefined) continue
    throw new UnsuitableClassError(
      `${each.name} keeps state in ${field}, which a snapshot can't see: make it an ordinary field, ` +
        `or give the class the methods snapshot and restore`,
    )
  }
}

const COMMENTS_AND_TEXTS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
const PRIVATE_FIELD = /(?:^|[;{}\n])\s*(#[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:[=;}]|\n)/u

/**
 * What a constructor says then: esbuild, swc and Babel call a helper, TypeScript the map itself. A WeakSet is for
 * methods.
 */
const LOWERED_FIELDS = [
  /\b_*(?:privateAdd|class_private_field_init|classPrivateFieldInitSpec)\(this, _*(?!\w*_instances\b)(\w+)/,
  /\b_[\p{ID_Start}$][\p{ID_Continue}$]*?_([\p{ID_Continue}$]+)\.set\(this, /u,
]

function loweredField(source: string): string | undefined {
  const found = LOWERED_FIELDS.map((each) => each.exec(source)?.[1]).find((name) => name !== undefined)
  return found === undefined ? undefined : `#${found}`
}
