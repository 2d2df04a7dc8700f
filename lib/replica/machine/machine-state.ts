/** What a snapshot of a state machine holds, but for log time: made anew, told to a snapshot, and read from one. */
import type { HostedObject } from '../objects/hosted.js'
import { sliced } from '../objects/sliced.js'
import { Sessions } from '../sessions/sessions.js'
import { UnsuitableBuildError } from '../guards/unsuitable-build.js'
import type { CaptureSource } from './capture.js'
import { Digest } from './digest.js'
import { EventHistory } from './events.js'
import type { SnapshotHead } from './snapshot-head.js'
import type { SnapshotReader } from './snapshot-reader.js'

/** By their names. */
export type HostedObjects = ReadonlyMap<string, HostedObject>

export interface MachineState {
  readonly objects: HostedObjects
  readonly sessions: Sessions
  readonly events: EventHistory
  readonly digest: Digest
  /** Entries that were passed over. */
  readonly skipped: number[]
  /** The highest version that a command was written for, by object; not those for which it is 1. */
  readonly written: Map<string, number>
  /** Objects that have been told what leads to the common ground, and may have kept it. */
  readonly watched: Set<string>
  /** The last entry applied; 0 and 0 before the first. */
  index: number
  term: number
}

/** Before the first entry. */
export function freshState(objects: HostedObjects): MachineState {
  return {
    objects,
    sessions: new Sessions(),
    events: new EventHistory(),
    digest: new Digest(),
    skipped: [],
    written: new Map(),
    watched: new Set(),
    index: 0,
    term: 0,
  }
}

export function headOf(state: MachineState, time: number): SnapshotHead {
  const { objects, digest, skipped, written, watched, index, term } = state
  const versions = used(objects).map(([name, { version }]): [string, number] => [name, version])
  return {
    index,
    term,
    time,
    digest: digest.state,
    skipped,
    written: [...written],
    watched: [...watched],
    objects: versions,
  }
}

/** The others begin anew wherever the snapshot is restored, also where a build has no such object yet. */
function used(objects: HostedObjects): readonly (readonly [string, HostedObject])[] {
  return [...objects].filter(([, { isUsed }]) => isUsed)
}

/** The sections of its snapshot, in their order. */
export function sourcesOf({ objects, sessions, events }: MachineState): readonly CaptureSource[] {
  const sources = used(objects).map(([name, object]): CaptureSource => ({
    section: ['object', name],
    capture: () => object.capture(),
  }))
  return [
    ...sources,
    { section: ['sessions'], capture: () => sliced(sessions.capture()) },
    { section: ['events'], capture: () => sliced(events.capture()) },
  ]
}

/** The state of a snapshot whose head has been read. `fresh`: its objects before their first entry. */
export async function restoredState(
  fresh: HostedObjects,
  { index, term, digest, skipped, written, watched, objects }: SnapshotHead,
  reader: SnapshotReader,
): Promise<MachineState> {
  await restoreObjects(fresh, objects, reader)
  const sessions = new Sessions()
  await reader.section(['sessions'], (chunks) => sessions.restore(chunks))
  const events = new EventHistory()
  await reader.section(['events'], (chunks) => events.restore(chunks))
  await reader.end()
  return {
    objects: fresh,
    sessions,
    events,
    digest: new Digest(index, digest),
    skipped: [...skipped],
    written: new Map(written),
    watched: new Set(watched),
    index,
    term,
  }
}

/** An object that the snapshot does not know begins anew. */
async function restoreObjects(
  fresh: HostedObjects,
  objects: SnapshotHead['objects'],
  reader: SnapshotReader,
): Promise<void> {
  for (const [name, from] of objects) {
    const object = fresh.get(name)
    if (object === undefined) throw missing(name)
    await reader.section(['object', name], (chunks) => object.restore(chunks, from))
  }
}

function missing(name: string): Error {
  return new UnsuitableBuildError(
    `the snapshot holds an object ${name}, and there is none here: ` +
      `this member must be started with the same classes as the others`,
  )
}
