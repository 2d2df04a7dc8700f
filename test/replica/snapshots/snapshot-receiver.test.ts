/** Pieces of a leader's snapshot, as a bad network and changing leaders bring them. */
import t from 'tap'
import { exchange, logIndex, serverId, term } from '../../../lib/raft/types.js'
import type { Input, InstallSnapshot, SnapshotPosition } from '../../../lib/raft/types.js'
import { SnapshotReceiver } from '../../../lib/replica/snapshots/snapshot-receiver.js'
import { checksumOf } from '../../../lib/replica/snapshots/piece-checksum.js'
import { headText } from '../../../lib/replica/machine/snapshot-text.js'
import { writeHead } from '../../../lib/replica/machine/snapshot-head.js'
import { silent } from '../members.js'
import { MemoryStore } from '../memory-store.js'

const position: SnapshotPosition = {
  index: logIndex(7),
  term: term(2),
  configuration: { voters: [serverId('n1')], learners: [], uris: { n1: 'n1@localhost:9101' } },
  clusterId: undefined,
  incarnations: [],
}
const [head = ''] = headText(
  writeHead({ index: 7, term: 2, time: 0, digest: [1, 2], skipped: [], written: [], objects: [] }),
)
const pieces = [head, '["object","kv",[1]]', '["end"]']

function piece(offset: number, more: Partial<InstallSnapshot> = {}): InstallSnapshot {
  const data = pieces[offset] ?? ''
  return {
    type: 'installSnapshot',
    term: term(3),
    leaderId: serverId('n2'),
    snapshot: position,
    offset,
    data,
    checksum: checksumOf(data),
    done: offset === pieces.length - 1,
    ...more,
  }
}

/** Takes the pieces one after another: the piece that is asked for after each, or `stored` at the end. */
function receive(...messages: readonly InstallSnapshot[]) {
  return receiveInto(new MemoryStore(), ...messages)
}

async function receiveInto(store: MemoryStore, ...messages: readonly InstallSnapshot[]) {
  const answers: (number | 'stored')[] = []
  let heard: () => void = () => undefined
  const take = (input: Input) => {
    if (input.type === 'chunkStored') answers.push(input.offset)
    if (input.type === 'snapshotStored') answers.push('stored')
    heard()
  }
  const receiver = new SnapshotReceiver({ store, take, logger: silent })
  for (const message of messages) {
    const answered = new Promise<void>((resolve) => (heard = resolve))
    receiver.store({ type: 'storeChunk', exchange: exchange(1), message })
    await answered
  }
  const stored = store.snapshot
  const texts =
    stored && (await Promise.all(Array.from({ length: stored.chunks }, (_, at) => stored.chunk(at))))
  return { answers, texts }
}

void t.test('pieces in order make the snapshot', async (t) => {
  t.same(await receive(piece(0), piece(1), piece(2)), { answers: [1, 2, 'stored'], texts: pieces })
})

void t.test(
  'a piece that comes twice, or too early, is not written; the one that is missing is asked for',
  async (t) => {
    const { answers, texts } = await receive(piece(0), piece(0), piece(2), piece(1), piece(1), piece(2))
    t.same(answers, [1, 1, 1, 2, 2, 'stored'])
    t.same(texts, pieces)
  },
)

void t.test('bug: a snapshot that could not be finished was left behind, with its file open', async (t) => {
  const store = new MemoryStore()
  let discarded = 0
  const begin = store.beginSnapshot.bind(store)
  store.beginSnapshot = (at) => ({
    ...begin(at),
    finish: () => Promise.reject(new Error('ENOSPC')),
    discard: () => {
      discarded += 1
      return Promise.resolve()
    },
  })
  t.same((await receiveInto(store, piece(0), piece(1), piece(2))).answers, [1, 2, 0], 'it begins again')
  t.equal(discarded, 1)
})

void t.test('a piece whose checksum does not match is asked for again', async (t) => {
  const damaged = piece(1, { data: '["object","kv",[2]]' })
  t.same(await receive(piece(0), damaged, piece(1), piece(2)), {
    answers: [1, 1, 2, 'stored'],
    texts: pieces,
  })
})

void t.test(
  "another leader's snapshot at the same entry begins anew: it may be cut into other pieces",
  async (t) => {
    const later = (offset: number) => piece(offset, { term: term(4) })
    const { answers, texts } = await receive(piece(0), later(1), later(0), later(1), later(2))
    t.same(answers, [1, 0, 1, 2, 'stored'])
    t.same(texts, pieces)
  },
)
