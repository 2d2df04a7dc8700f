/** What a reference can be beside a name or a URI: `meta:red,fast`, any object that is registered with these tags. */
import { InvalidParamsError } from '../rpc/errors.js'

const META = 'meta:'

/** The tags, or undefined where it is none of these. @throws InvalidParamsError for one without a tag */
export function tagsIn(reference: string): readonly string[] | undefined {
  if (!reference.startsWith(META)) return undefined
  const tags = reference.slice(META.length).split(',')
  if (!tags.includes('')) return tags
  throw new InvalidParamsError(
    `"${reference}" names no tag, or an empty one: write meta:red or meta:red,fast`,
  )
}

/** `objectId@host:port`. */
export function isUri(reference: string): boolean {
  return reference.includes('@') && !reference.startsWith(META)
}
