import fc from 'fast-check'
import t from 'tap'
import { clusterId, incarnation, logIndex, serverId, start, term, type Entry } from '../../lib/raft/types.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { command, commands, hardState, listeningLogger, memoryDisk, nothing, openTiny } from './setting.js'

const errorWith = (code: string) => Object.assign(new Error(`${code}: injected`), { code })

void t.test('a new folder holds term 0, no vote and no entries', async (t) => {
  const { storage, recovered } = await openTiny(memoryDisk())
  t.same(recovered, nothing)
  await storage.close()
})

void t.test('every kind of entry, with awkward text, comes back as it was', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  const entries: Entry[] = [
    { kind: 'empty', index: logIndex(1), term: term(1) },
    {
      kind: 'identity',
      index: logIndex(2),
      term: term(1),
      clusterId: clusterId('c-1'),
      incarnations: [[serverId('node1'), incarnation('i-1')]],
      starts: [
        [serverId('node1'), start('1-a')],
        [serverId('node1'), start('2-b'), true],
      ],
    },
    {
      kind: 'configuration',
      index: logIndex(3),
      term: term(2),
      configuration: {
        voters: [serverId('node1')],
        outgoing: [serverId('node2')],
        learners: [serverId('__proto__')],
        uris: Object.fromEntries([['__proto__', 'x@localhost:1']]),
      },
    },
    command(4, '\ufeff"ünï 😀\u0000"', 2),
    command(5, '', 2 ** 53 - 1),
  ]
  await storage.persist({ hardState: hardState(2 ** 53 - 1, 'nœud'), entries })
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.strictSame(recovered, { hardState: hardState(2 ** 53 - 1, 'nœud'), entries })
  await again.close()
})

void t.test('any commands come back, whatever their text', async () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(texts, async (texts) => {
      const disk = memoryDisk()
      const { storage } = await openTiny(disk)
      const entries = texts.map((text, i) => command(i + 1, text))
      await Promise.all(entries.map((entry) => storage.persist(commands(entry))))
      await storage.close()
      const { storage: again, recovered } = await openTiny(disk)
      await again.close()
      if (JSON.stringify(recovered.entries) !== JSON.stringify(entries)) throw new Error('they differ')
    }),
    { numRuns: 200 },
  )
})

void t.test('truncating drops the entries from there on and appends the new ones', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  await storage.persist(commands(command(1, 'a'), command(2, 'b'), command(3, 'c')))
  await storage.persist({ truncateFrom: logIndex(2), entries: [command(2, 'B', 2)] })
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.same(recovered.entries, [command(1, 'a'), command(2, 'B', 2)])
  await again.close()
})

void t.test('all that is persisted while a sync runs shares the next write and the next sync', async (t) => {
  const disk = memoryDisk()
  const { storage } = await RaftStorage.open(disk, listeningLogger())
  const before = { ...disk.counts }
  const order: number[] = []
  const persist = (i: number) => storage.persist(commands(command(i, 'x'))).then(() => order.push(i))
  const first = persist(1)
  // One turn later the first write has begun.
  await Promise.resolve().then(() => undefined)
  await Promise.all([first, ...Array.from({ length: 999 }, (_, i) => persist(i + 2))])
  t.equal(disk.counts.sync - before.sync, 2)
  t.equal(disk.counts.write - before.write, 3, 'the checkpoint, the first, all the others')
  t.same(
    order,
    Array.from({ length: 1000 }, (_, i) => i + 1),
  )
  await storage.close()
})

void t.test('nothing is acknowledged while its sync runs', async (t) => {
  const held: (() => void)[] = []
  let holding = false
  const disk = new MemoryDisk({ schedule: (task) => (holding ? held.push(task) : queueMicrotask(task)) })
  const { storage } = await openTiny(disk)
  let acknowledged = false
  const syncing = new Promise<void>((resolve) => {
    disk.fault = (operation) => {
      holding = operation === 'sync'
      if (holding) resolve()
      return undefined
    }
  })
  const persisted = storage.persist(commands(command(1, 'x'))).then(() => (acknowledged = true))
  await syncing
  await new Promise(setImmediate)
  t.equal(acknowledged, false)
  disk.fault = () => undefined
  holding = false
  for (const task of held) task()
  t.equal(await persisted, true)
  await storage.close()
})

for (const operation of ['write', 'sync'] as const) {
  void t.test(`a ${operation} that failed once is final, whatever the disk does later`, async (t) => {
    const disk = memoryDisk()
    const { storage } = await openTiny(disk)
    await storage.persist(commands(command(1, 'kept')))
    disk.fault = (called) => (called === operation ? errorWith('EIO') : undefined)
    const failing = [2, 3].map((i) => storage.persist(commands(command(i, 'lost'))))
    const failure = { name: 'StorageFailedError', operation, file: 'log-0000000001', message: /EIO/ }
    for (const persist of failing) await t.rejects(persist, failure)
    disk.fault = () => undefined
    const { sync, write } = disk.counts
    await t.rejects(storage.persist(commands(command(4, 'late'))), failure)
    await storage.close()
    t.same([disk.counts.sync, disk.counts.write], [sync, write], 'nothing more was tried')
  })
}

void t.test(
  'a sync that failed is not tried again, as the next one would not speak of what is lost',
  async (t) => {
    const disk = memoryDisk()
    const { storage } = await openTiny(disk)
    let failures = 1
    disk.fault = (called) => (called === 'sync' && failures-- > 0 ? errorWith('EIO') : undefined)
    await t.rejects(storage.persist(commands(command(1, 'lost'))), { name: 'StorageFailedError' })
    await storage.close()
  },
)

void t.test('a segment that could not be prepared for a moment is made when it is needed', async (t) => {
  const disk = memoryDisk()
  const logger = listeningLogger()
  const { storage } = await openTiny(disk, logger)
  disk.fault = (operation, file) => {
    if (operation !== 'write' || !file.endsWith('.new')) return undefined
    disk.fault = () => undefined
    return errorWith('EMFILE')
  }
  for (let i = 1; i <= 30; i++) await storage.persist(commands(command(i, 'x'.repeat(100))))
  t.match(logger.warnings, [/next log segment/])
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.equal(recovered.entries.length, 30)
  await again.close()
})

void t.test('a full disk lets the current segment fill up, then fails with what the disk said', async (t) => {
  const disk = memoryDisk()
  const logger = listeningLogger()
  const { storage } = await openTiny(disk, logger)
  disk.fault = (operation, file) =>
    operation === 'write' && file.endsWith('.new') ? errorWith('ENOSPC') : undefined
  let acknowledged = 0
  const fill = async () => {
    for (let i = 1; ; i++) {
      await storage.persist(commands(command(i, 'x'.repeat(100))))
      acknowledged = i
    }
  }
  await t.rejects(fill(), {
    name: 'StorageFailedError',
    operation: 'prepare',
    message: /log-0000000002.*ENOSPC/,
  })
  t.ok(acknowledged > 3)
  t.match(logger.warnings, [/next log segment/])
  await storage.close()
  disk.fault = () => undefined
  const { storage: again, recovered } = await openTiny(disk)
  t.equal(recovered.entries.length, acknowledged)
  await again.close()
})

void t.test('a record larger than a segment gets a larger one', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  const entries = [
    command(1, 'a'),
    command(2, 'y'.repeat(50_000)),
    command(3, 'c'),
    command(4, 'z'.repeat(3000)),
  ]
  for (const entry of entries) await storage.persist(commands(entry))
  await storage.close()
  const { storage: again, recovered } = await openTiny(disk)
  t.same(recovered.entries, entries)
  await again.close()
})

void t.test('a record that contradicts the log is refused before anything is written', async (t) => {
  const { storage } = await openTiny(memoryDisk())
  await storage.persist({ hardState: hardState(3, 'node1'), entries: [command(1, 'a')] })
  const refused = { name: 'MalformedRecordError' }
  await t.rejects(storage.persist(commands(command(3, 'gap'))), refused)
  await t.rejects(storage.persist(commands(command(1, 'again'))), refused)
  await t.rejects(storage.persist({ truncateFrom: logIndex(3), entries: [] }), refused)
  await t.rejects(storage.persist({ truncateFrom: logIndex(0), entries: [] }), refused)
  await t.rejects(storage.persist({ hardState: hardState(2), entries: [] }), refused, 'the term goes back')
  await t.rejects(storage.persist({ hardState: hardState(3), entries: [] }), refused, 'the vote is erased')
  await t.rejects(
    storage.persist({ hardState: hardState(3, 'node2'), entries: [] }),
    refused,
    'a second vote',
  )
  await storage.persist(commands(command(2, 'b')))
  await storage.close()
})

void t.test('closing finishes what was asked for, and refuses the rest', async (t) => {
  const disk = memoryDisk()
  const { storage } = await openTiny(disk)
  const pending = storage.persist(commands(command(1, 'a')))
  const closing = storage.close()
  await t.rejects(storage.persist(commands(command(2, 'b'))), /closed/)
  await Promise.all([pending, closing])
  const { storage: again, recovered } = await openTiny(disk)
  t.same(recovered.entries, [command(1, 'a')])
  await again.close()
})
