/** Texts that strangers write: URIs, and the patterns that names are searched by. */
import fc from 'fast-check'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { formatUri, parseHostPort, parseUri } from '../../lib/rpc/uri.js'
import { systemClock } from '../../lib/system/clock.js'
import { LIMITS } from '../../nameserver/limits.js'
import { searchFor } from '../../nameserver/search.js'
import { mutatedText } from './mutations.js'
import { scene } from './target.js'
import type { Target } from './target.js'

export const textTargets: readonly Target[] = [
  {
    name: 'a text is a URI that can be written again, or is refused in a short sentence',
    runs: 2000,
    open: () => Promise.resolve(scene(uriLike, checkUri)),
  },
  {
    name: 'a pattern of any kind is refused, or searched for',
    runs: 1000,
    open: () => Promise.resolve(scene(search, checkSearch)),
  },
]

const URIS: readonly string[] = [
  'node1@localhost:9101',
  'a.b@[::1]:1',
  'kv@[fe80::1%eth0]:65535',
  'kv@unix:/run/a@b:c',
  'x@127.0.0.1:0',
  'rollcall.leader@a-b.example.org.:9090',
]

/** Repeated, these make a parser that goes back try everything. */
const AGAIN = fc.constantFrom(
  'a',
  'a.',
  'a-',
  '-',
  ':',
  '@',
  '[',
  '1',
  '::',
  '%',
  '/',
  '_',
  '@unix:',
  '\u0000',
  'é',
)

const long = fc
  .tuple(
    fc.constantFrom('a@', 'a@[', '', 'a@unix:/'),
    AGAIN,
    fc.constantFrom(100, 5000, 100_000),
    fc.constantFrom(':1', ']:1', '!', ''),
  )
  .map(([head, part, times, tail]) => head + part.repeat(times) + tail)

const uriLike = fc.oneof({ weight: 6, arbitrary: mutatedText(URIS) }, { weight: 1, arbitrary: long })

/** Two texts of 200 characters, each of which may be written as an escape of six. */
const SENTENCE_MAX = 3000

function checkUri(text: string): void {
  refusedShort(() => {
    const { objectId, address } = parseUri(text)
    const again = parseUri(formatUri(objectId, address))
    if (JSON.stringify(again) !== JSON.stringify({ objectId, address }))
      throw new Error('it is read otherwise')
  })
  refusedShort(() => parseHostPort(text, 9090))
}

function refusedShort(attempt: () => unknown): void {
  try {
    attempt()
  } catch (error) {
    if (!(error instanceof InvalidParamsError)) throw error
    if (error.message.length > SENTENCE_MAX)
      throw new Error(`a refusal of ${error.message.length} characters`)
  }
}

const PATTERNS: readonly string[] = [
  '(a+)+b',
  '(a|a)*c',
  '((a*)*)*',
  'a{1,999}{1,99}',
  '[^\\d\\p{L}-z]{2,}|x?y+?',
  '(?:[a-c]|\\.)*\\u{1F600}',
  '^(?:.*.*.*.*)*$',
]

const search = fc.record({
  source: fc.oneof(mutatedText(PATTERNS), fc.string({ unit: 'binary', maxLength: LIMITS.patternLength })),
  text: fc.oneof(
    fc.string({ unit: 'binary', maxLength: LIMITS.nameLength }),
    fc.constantFrom('a', 'ab', '😀', '\ud800').map((part) => part.repeat(LIMITS.nameLength / 2)),
  ),
})

function checkSearch({ source, text }: { readonly source: string; readonly text: string }): void {
  refusedShort(() => searchFor(source.slice(0, LIMITS.patternLength), systemClock)(text))
}
