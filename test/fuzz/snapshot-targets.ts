/** Snapshots and backups: mutated files, and right files with wrong pieces in them. */
import fc from 'fast-check'
import { ms } from '../../lib/ports.js'
import { incarnation, serverId } from '../../lib/raft/types.js'
import { LogTime } from '../../lib/replica/machine/log-time.js'
import { StateMachine } from '../../lib/replica/machine/machine.js'
import { memberFileName } from '../../lib/storage/member-file.js'
import { restoreBackup } from '../../lib/storage/restore.js'
import { openSnapshotFile, snapshotNames } from '../../lib/storage/snapshot-file.js'
import { systemClock } from '../../lib/system/clock.js'
import { silent } from '../replica/members.js'
import { memoryDisk, piecesOf } from '../storage/setting.js'
import { CLASSES } from './cluster.js'
import { diskOf, unlessRefused } from './folder-targets.js'
import { changedJson } from './hostile-json.js'
import { mutated, mutatedText } from './mutations.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { traffic } from './traffic.js'

export const snapshotTargets: readonly Target[] = [
  {
    name: 'a mutated backup is refused by file, and leaves no member behind',
    runs: 300,
    open: mutatedBackups,
  },
  {
    name: 'a snapshot of wrong pieces is refused, and the state is what it was before',
    runs: 150,
    open: wrongPieces,
  },
]

const BACKUP = 'backup.rollcall'
const MEMBER = {
  format: 1,
  id: serverId('n1'),
  cluster: 'test',
  incarnation: incarnation('new'),
  bootstrap: { voters: [serverId('n1')], learners: [], uris: { n1: 'n1@localhost:1' } },
} as const

async function backups(): Promise<readonly Uint8Array[]> {
  const { folders } = await traffic()
  return [...folders.values()].flatMap((folder) =>
    snapshotNames([...folder.keys()]).flatMap((name) => folder.get(name) ?? []),
  )
}

async function mutatedBackups(): Promise<Scene> {
  const real = await backups()
  return scene(mutated(real), async (contents) => {
    const backup = await unlessRefused(openSnapshotFile(await diskOf(new Map([[BACKUP, contents]])), BACKUP))
    if (backup === undefined) return
    const disk = memoryDisk()
    const restored = await unlessRefused(restoreBackup(backup, disk, MEMBER, silent))
    await backup.close()
    const isMember = (await disk.list()).includes(memberFileName)
    if (isMember !== (restored !== undefined)) throw new Error('a backup that was refused made a member')
    if (isMember && !real.some((each) => Buffer.from(each).equals(contents)))
      throw new Error('a backup that nobody made was believed')
  })
}

async function piecesOfBackup(): Promise<readonly string[]> {
  const [first = new Uint8Array()] = await backups()
  const file = await openSnapshotFile(await diskOf(new Map([[BACKUP, first]])), BACKUP)
  const pieces = await piecesOf(file)
  await file.close()
  return pieces
}

/** What becomes of one piece. */
type PieceChange = (pieces: readonly string[]) => readonly string[]

async function wrongPieces(): Promise<Scene> {
  const real = await piecesOfBackup()
  const machine = new StateMachine({
    sources: CLASSES,
    time: new LogTime(systemClock),
    clock: systemClock,
    logger: silent,
    patience: ms(1000),
  })
  await machine.restore(stream(real))
  let before = textsOf(machine)
  const changed = fc
    .array(changeOf(real), { minLength: 1, maxLength: 2, size: 'max' })
    .map((changes) => changes.reduce((pieces, change) => change(pieces), real))
  return scene(changed, async (pieces) => {
    const refusal = await machine.restore(stream(pieces)).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refusal !== undefined && textsOf(machine) !== before) throw new Error('refused, and yet changed')
    if (refusal !== undefined) return
    textsOf(machine)
    await machine.restore(stream(real))
    // Log time does not go back.
    before = textsOf(machine)
  })
}

function changeOf(real: readonly string[]): fc.Arbitrary<PieceChange> {
  const place = fc.nat({ max: real.length - 1 })
  const text = place.chain((at) => {
    const piece = [real[at] ?? '']
    return fc.oneof(changedJson(piece), mutatedText(piece)).map(
      (other): PieceChange =>
        (pieces) =>
          pieces.with(at % pieces.length, other),
    )
  })
  const order = fc.tuple(place, place).map(
    ([one, other]): PieceChange =>
      (pieces) =>
        pieces.with(one % pieces.length, pieces[other % pieces.length] ?? ''),
  )
  const length = place.map(
    (count): PieceChange =>
      (pieces) =>
        pieces.slice(0, Math.max(1, count)),
  )
  return fc.oneof({ weight: 6, arbitrary: text }, order, length)
}

/** All that the machine holds, as its snapshot. */
export function textsOf(machine: StateMachine): string {
  const capture = machine.capture()
  try {
    const texts: string[] = []
    for (let text = capture.next(); text !== undefined; text = capture.next()) texts.push(text)
    return texts.join('\n')
  } finally {
    capture.release()
  }
}

export async function* stream(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces
}
