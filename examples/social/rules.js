/** What may be a user's name, and what a post: told to people before it is sent, and held by every copy. */

const NAME_LENGTH_MAX = 30
const POST_LENGTH_MAX = 1_000

/** The same name however its accents were typed. */
export function readName(given) {
  if (typeof given !== 'string' || given === '') throw new RangeError('a user needs a name')
  if (given.length > 10 * NAME_LENGTH_MAX) throw tooLong(given.length)
  const name = given.normalize('NFC')
  const { length } = [...name]
  if (length > NAME_LENGTH_MAX) throw tooLong(length)
  if (/^[\p{L}\p{M}\p{N}_-]+$/u.test(name)) return name
  throw new RangeError(
    `${JSON.stringify(name)} is not a name: letters and digits of any alphabet, "_" and "-" stand in one`,
  )
}

function tooLong(length) {
  return new RangeError(`a name has at most ${NAME_LENGTH_MAX} characters; this one has ${length}`)
}

/** One line; control characters would reach the terminals of others. */
export function readPost(text) {
  if (typeof text !== 'string' || text.trim() === '') throw new RangeError('a post has some text')
  if (text.length > POST_LENGTH_MAX)
    throw new RangeError(`a post has at most ${POST_LENGTH_MAX} characters; this one has ${text.length}`)
  if (/[\p{Cc}\p{Cs}]/u.test(text)) throw new RangeError('a post is one line without control characters')
  return text
}
