/** Values, keys and ids, whatever they are: they come back as they went, or are refused. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { connect } from '../../api.js'
import { isObject, membersOf, parseJson, type Json } from '../../lib/json.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { objectOf, RawClient, startDaemon } from './rig.js'

const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value = null]) => value }) })
t.teardown(() => daemon.close())
const client = await connect()
t.teardown(() => client.close())
const raw = new RawClient(address)
t.teardown(() => raw.end())

const KEYS = ['__proto__', 'constructor', 'toJSON', 'then', '', '\ud800', '\udfff', '\u2028', '\u0000', 'id']
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...KEYS), fc.constant('\ud83d'))

t.test('any JSON value comes back as it went', async (t) => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(null, true, false, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2, -1),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0),
      text,
      fc.array(tie('value'), { maxLength: 4 }),
      // A key of that name must be the object's own, as JSON.parse makes it.
      fc
        .array(fc.tuple(text, tie('value')), { maxLength: 4 })
        .map((pairs) =>
          parseJson(`{${pairs.map((pair) => pair.map((each) => JSON.stringify(each)).join(':')).join(',')}}`),
        ),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(value, async (given) => {
      const back = await client.call(formatUri('it', address), 'echo', [given as Json])
      return isDeepStrictEqual(back, given)
    }),
    { numRuns: 300 },
  )
  t.same(Object.keys(Object.prototype), [])
})

/** As somebody may write a number; JSON has no other. */
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?$/),
)
/** With any of its characters escaped. */
const stringText = fc.tuple(text, fc.boolean()).map(([each, isEscaped]) =>
  isEscaped
    ? `"${each
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join('')}"`
    : JSON.stringify(each),
)
const idText = fc.oneof(numberText, stringText, fc.constant('null'))
const space = fc.constantFrom('', ' ', '\t ')
/** Where else an id may seem to be. */
const DECOYS = ['{"id":5}', '["id",6]', '"\\"id\\":7"', '"id"', '8']

async function answerTo(line: string): Promise<string> {
  raw.write(`${line}\n`)
  while (raw.lines.length === 0) await new Promise((resolve) => raw.socket.once('data', resolve))
  return raw.lines.shift() ?? ''
}

/** The same once it is read; a number that a double may not hold the same as it is written, too. */
function isEcho(id: string, answer: string): boolean {
  const isPlain = !/^[-0-9]/.test(id) || Number.isSafeInteger(Number(id))
  if (!isPlain) return answer.includes(`"id":${id},`)
  return isSame(membersOf(parseJson(answer))['id'], parseJson(id))
}

/** -0 is 0. */
function isSame(one: Json | undefined, other: Json): boolean {
  return one === other
}

t.test('any id comes back as it came, wherever it stands in the request', async () => {
  const request = fc.tuple(
    idText,
    space,
    fc.constantFrom('id', '\\u0069d'),
    fc.constantFrom(...DECOYS),
    fc.nat(3),
  )
  await fc.assert(
    fc.asyncProperty(request, async ([id, blank, name, decoy, place]) => {
      const rest = [`"jsonrpc":"2.0"`, `"method":"it.echo"`, `"params":[${decoy}]`]
      rest.splice(place, 0, `"${name}"${blank}:${blank}${id}`)
      const answer = await answerTo(`{${rest.join(`,${blank}`)}}`)
      const isAnswered = isDeepStrictEqual(membersOf(parseJson(answer))['result'], parseJson(decoy))
      return isAnswered && isEcho(id, answer)
    }),
    { numRuns: 500 },
  )
})

/** The number that a text of digits, a point and an exponent stands for, as a fraction. */
function exactly(written: string): readonly [bigint, bigint] {
  const [mantissa = '', exponent = '0'] = written.split(/[eE]/)
  const [whole = '', fraction = ''] = mantissa.split('.')
  const scale = Number(exponent) - fraction.length
  const digits = BigInt(`${whole}${fraction}`.replace('-', ''))
  const sign = whole.startsWith('-') ? -1n : 1n
  return [sign * digits * 10n ** BigInt(Math.max(scale, 0)), 10n ** BigInt(Math.max(-scale, 0))]
}

/** Whole numbers as they were written, all others to a part in 10^15. */
function isSameNumber(one: string, other: string): boolean {
  const [[a, b], [c, d]] = [exactly(one), exactly(other)]
  const apart = a * d - c * b
  const bound = /^-?[0-9]+$/.test(one) ? 0n : (a * d) / 10n ** 15n
  return (apart < 0n ? -apart : apart) <= (bound < 0n ? -bound : bound)
}

t.test(
  'any number comes back as it was written, or is refused by its path, and nothing else is',
  async (t) => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(numberText, fc.boolean(), async (number, isBatch) => {
        const request = `{"jsonrpc":"2.0","id":1,"method":"it.echo","params":[{"a":["${'1'.repeat(20)}",${number}]}]}`
        const answer = await answerTo(isBatch ? `[{"jsonrpc":"2.0","method":"none"},${request}]` : request)
        if (answer.includes('"error"')) refused += 1
        const isOrdinary = /^-?[0-9]{1,15}$/.test(number) || Number(number).toString() === number
        if (answer.includes(`params[0].a[1] is ${number},`)) return answer.includes('-32602') && !isOrdinary
        const back = /,(-?[0-9][-+.0-9eE]*)\]\}/.exec(answer)?.[1] ?? ''
        return isSameNumber(number, back)
      }),
      {
        numRuns: 1000,
        examples: [
          ['1e400', false],
          ['1e-400', true],
          ['3e-324', false],
          ['9007199254740993', false],
          ['-0', true],
        ],
      },
    )
    t.ok(refused > 100, `${refused} were refused`)
  },
)

t.test('in a batch and in errors each has its own', async () => {
  const batch = fc.array(fc.tuple(idText, fc.constantFrom('echo', 'none')), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(batch, async (requests) => {
      const texts = requests.map(
        ([id, method]) => `{"jsonrpc":"2.0","id":${id},"params":[{"id":1}],"method":"it.${method}"}`,
      )
      const answer = await answerTo(`[${texts.join(',')}]`)
      const answers = parseJson(answer)
      if (!Array.isArray(answers) || answers.length !== requests.length) return false
      return requests.every(
        ([id]) =>
          isEcho(id, answer) ||
          answers.some((each: Json) => isObject(each) && isSame(each['id'], parseJson(id))),
      )
    }),
    { numRuns: 200 },
  )
})

t.test('what is no id is refused, and nothing is run', async (t) => {
  const value = fc.oneof(
    fc.constantFrom('true', 'false'),
    fc.json().filter((each) => /^[[{]/.test(each)),
  )
  await fc.assert(
    fc.asyncProperty(value, async (id) => {
      const answer = parseJson(await answerTo(`{"jsonrpc":"2.0","id":${id},"method":"it.echo","params":[1]}`))
      return (
        isDeepStrictEqual(membersOf(answer)['id'], null) &&
        membersOf(membersOf(answer)['error'])['code'] === -32600
      )
    }),
    { numRuns: 100 },
  )
  t.end()
})
