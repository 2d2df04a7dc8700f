/** What is said of the methods of an object that stands elsewhere. */
import { isList, isWhole, membersOf, type Json } from '../../json.js'
import { TAGS_VERSION, type MethodForm, type MethodSaid } from '../exposed.js'

/** What is no description of a method is left out. */
export function methodsIn(methods: Json | undefined): ReadonlyMap<string, MethodSaid> {
  const said = (isList(methods) ? methods : []).flatMap((method): (readonly [string, MethodSaid])[] => {
    const { name, kind = 'plain', form, params, tags } = membersOf(method)
    if (typeof name !== 'string' || (kind !== 'plain' && kind !== 'command' && kind !== 'query')) return []
    return [
      [
        name,
        {
          kind,
          ...(isForm(form) && { form }),
          ...(isWhole(params) && { params }),
          ...(tags === TAGS_VERSION && { tags }),
        },
      ],
    ]
  })
  return new Map(said)
}

function isForm(form: Json | undefined): form is MethodForm {
  return form === 'attribute' || form === 'oneway'
}
