/**
 * What the core hears, says and wishes is listed once: whatever must follow from a new one does not compile without it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { complaintsAt, project } from './house.js'
import type { Changes } from './house.js'

/** A source of the house with something at the one place where that stands. */
function changed(place: string, from: string, to: string): Changes {
  const [head, tail, ...others] = readFileSync(join(project, place), 'utf8').split(from)
  if (head === undefined || tail === undefined || others.length > 0)
    throw new Error(`${place} must have this once: ${from}`)
  return new Map([[place, `${head}${to}${tail}`]])
}

interface Mistake {
  readonly name: string
  readonly changes: Changes
  /** What is missing, where, and the compiler's words. */
  readonly missing: readonly (readonly [what: string, place: string, words: RegExp])[]
}

const rows = 'lib/raft/table.ts'
const refusals = 'lib/raft/receive.ts'
const doors = 'lib/replica/members/peer-door.ts'
const codecs = 'lib/replica/members/messages.ts'
const doers = 'lib/replica/replica.ts'

const complaints = (changes: Changes) =>
  complaintsAt([rows, refusals, doors, codecs, doers], 'lib/replica', changes)

const mistakes: readonly Mistake[] = [
  {
    name: 'a request of a new type',
    changes: changed(
      'lib/raft/messages.ts',
      'export type Request =',
      `interface Ping { readonly type: 'ping'; readonly term: Term; readonly leaderId: ServerId }
      export type Request = Ping |`,
    ),
    missing: [
      ['a row', rows, /Property 'ping' is missing/],
      ['a refusal', refusals, /Function lacks ending return statement/],
      ['a door', doors, /Property 'ping' is missing/],
      ['a codec', codecs, /Property 'ping' is missing/],
      ['a response', codecs, /Property 'pingResponse' does not exist/],
    ],
  },
  {
    name: 'a response of a new type',
    changes: changed(
      'lib/raft/messages.ts',
      'export type Response =',
      `interface PingResponse { readonly type: 'pingResponse'; readonly term: Term }
      export type Response = PingResponse`,
    ),
    missing: [
      ['a row', rows, /Property 'pingResponse' is missing/],
      ['a codec', codecs, /Property 'pingResponse' is missing/],
    ],
  },
  {
    name: 'another input of a new type',
    changes: changed(
      'lib/raft/inputs.ts',
      "{ readonly type: 'tick' }",
      "{ readonly type: 'tick' } | { readonly type: 'alarm' }",
    ),
    missing: [['a row', rows, /Property 'alarm' is missing/]],
  },
  {
    name: 'an effect of a new type',
    changes: changed(
      'lib/raft/effects.ts',
      'export type Effect =',
      "export type Effect = | { readonly type: 'ring' }",
    ),
    missing: [['a doer', doers, /Property 'ring' is missing/]],
  },
  {
    name: 'an effect that is done by a second part',
    changes: changed(
      'lib/replica/snapshots/snapshots.ts',
      `Doers<'sendSnapshot' | 'storeChunk'> {
    const [sender, receiver] = [this.#sender, this.#receiver]
    return {`,
      `Doers<'sendSnapshot' | 'storeChunk' | 'reply'> {
    const [sender, receiver] = [this.#sender, this.#receiver]
    return {
      reply: () => undefined,`,
    ),
    missing: [
      [
        'one doer alone',
        doers,
        /Argument of type 'Doers<"reply" \| "sendSnapshot" \| "storeChunk">' is not assignable/,
      ],
    ],
  },
]

t.setTimeout(120_000)

t.test('the house as it stands compiles', (t) => {
  t.same(complaints(new Map()), [])
  t.end()
})

for (const { name, changes, missing } of mistakes) {
  t.test(`${name} does not compile`, (t) => {
    const said = complaints(changes)
    for (const [what, place, words] of missing) {
      const about = said.filter((complaint) => complaint.startsWith(`${place}: `))
      t.ok(
        about.some((complaint) => words.test(complaint)),
        `without ${what}: ${about.join(', ')}`,
      )
    }
    t.end()
  })
}
