import t from 'tap'
import type { Json } from '../../lib/json.js'
import { readRegistryChunk } from '../../nameserver/registry-chunks.js'

const FENCE = { clusterId: 'c', term: 3 }
const READ: readonly (readonly [Json, object])[] = [
  [['now', 5], { kind: 'now', now: 5 }],
  [
    ['record', 'n', 'a@h:1', ['', 'x'], null, null],
    { kind: 'record', name: 'n', record: { uri: 'a@h:1', metadata: ['', 'x'], endsAt: null, fence: null } },
  ],
  [
    ['record', '__proto__', 'a@h:1', [], 7, FENCE],
    { kind: 'record', name: '__proto__', record: { uri: 'a@h:1', metadata: [], endsAt: 7, fence: FENCE } },
  ],
  [
    ['place', 'n', 'a@h:1', ['x'], null, { id: 'l', ttlMs: 4 }, true],
    {
      kind: 'place',
      name: 'n',
      place: { uri: 'a@h:1', metadata: ['x'], endsAt: null, lease: { id: 'l', ttlMs: 4 } },
      isShared: true,
    },
  ],
  [
    ['place', 'n', 'a@h:1', [], 7, null, true],
    {
      kind: 'place',
      name: 'n',
      place: { uri: 'a@h:1', metadata: [], endsAt: 7, lease: null },
      isShared: true,
    },
  ],
  [['fence', 'k', 3, 'a@h:1'], { kind: 'fence', key: 'k', barrier: { term: 3, uri: 'a@h:1' } }],
  [['fence', 'k', 3, 'a@h:1', 7], { kind: 'fence', key: 'k', barrier: { term: 3, uri: 'a@h:1' }, at: 7 }],
]

void t.test('each kind of chunk is read as it was written', async (t) => {
  for (const [chunk, wanted] of READ) t.strictSame(readRegistryChunk(chunk), wanted)
})

void t.test('a chunk that the registry never writes is refused', async (t) => {
  const strange: readonly Json[] = [
    null,
    1,
    {},
    [],
    ['then'],
    ['now'],
    ['now', '5'],
    ['record', '', 'u', [], null, null],
  ]
  const halves: readonly Json[] = [
    ['record', 'n', 'u', [1], null, null],
    ['record', 'n', 'u', {}, null, null],
    ['record', 'n', 'u', [], '7', null],
    ['record', 'n', 'u', [], null, { clusterId: 'c' }],
    ['record', 'n', 'u', [], null],
    ['place', 'n', 'u', [], null, null],
    ['place', 'n', 'u', [], null, {}, true],
    ['place', 'n', 'u', [], null, { id: 'l' }, true],
    ['place', 'n', '', [], null, null, true],
    ['fence', 'k', null, 'u'],
    ['fence', 'k', 3],
  ]
  for (const chunk of [...strange, ...halves])
    t.throws(
      () => readRegistryChunk(chunk),
      /the names of a snapshot can't be read: .* should be /,
      JSON.stringify(chunk),
    )
})
