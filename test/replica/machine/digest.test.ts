/** The digest of results is compared among members, some of which may be of another build. */
import fc from 'fast-check'
import t from 'tap'
import { parseJson } from '../../../lib/json.js'
import { Digest, RunningHash } from '../../../lib/replica/machine/digest.js'

const digestOf = (text: string): number => {
  const hash = new RunningHash()
  hash.mix(text)
  return hash.value
}

void t.test('a result counts as its JSON, whatever has to be escaped in it', async (t) => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '"', '\\', '\ud800', '\u2028'),
  )
  fc.assert(
    fc.property(fc.oneof(texts, fc.jsonValue()), fc.nat(), (value, index) => {
      const digest = new Digest()
      digest.take(index, { value: parseJson(JSON.stringify(value)) })
      t.equal(digest.at(index), digestOf(`${index} ${JSON.stringify(value)}`))
    }),
  )
})
