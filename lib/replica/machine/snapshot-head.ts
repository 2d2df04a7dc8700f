/** The first piece of a state machine's snapshot. */
import { membersOf, type Json, jsonReaders } from '../../json.js'
import { UnsuitableBuildError } from '../guards/unsuitable-build.js'

export interface SnapshotHead {
  /** The last entry that the snapshot covers; 0 and 0 before the first. */
  readonly index: number
  readonly term: number
  /** Log time, in milliseconds since 1970. */
  readonly time: number
  readonly digest: readonly [number, number]
  /**
   * Entries up to `index` that were not run, because the operator has decided so. Left out of the text when there are
   * none.
   */
  readonly skipped: readonly number[]
  /** By object the highest version that a command was written for, where it is above 1. Left out likewise. */
  readonly written: readonly (readonly [name: string, version: number])[]
  /** Objects whose methods are watched for what they do to the common ground. Left out likewise. */
  readonly watched?: readonly string[]
  /** The objects in the order of their sections, each with the version of its class. */
  readonly objects: readonly (readonly [name: string, version: number])[]
}

const FORMAT = 1

export function writeHead(head: SnapshotHead): Json {
  const { skipped, written, watched = [], ...rest } = head
  return {
    format: FORMAT,
    ...rest,
    ...(skipped.length > 0 && { skipped }),
    ...(written.length > 0 && { written }),
    ...(watched.length > 0 && { watched }),
  }
}

/** Throws for another format, and for anything that {@link writeHead} has not made. */
export function readHead(json: Json): SnapshotHead {
  const { format, index, term, time, digest, skipped, written, watched, objects } = membersOf(json)
  if (format !== FORMAT) {
    throw new UnsuitableBuildError(
      `the snapshot has format ${JSON.stringify(format ?? null)}; this program knows ${FORMAT}: upgrade it`,
    )
  }
  const [high, low] = list(digest, 'digest')
  return {
    index: whole(index, 'index'),
    term: whole(term, 'term'),
    time: whole(time, 'time'),
    digest: [whole(high, 'digest'), whole(low, 'digest')],
    skipped: skipped === undefined ? [] : list(skipped, 'skipped').map((each) => whole(each, 'skipped')),
    written: written === undefined ? [] : versions(written, 'written'),
    watched: watched === undefined ? [] : list(watched, 'watched').map((each) => text(each, 'watched')),
    objects: versions(objects, 'objects'),
  }
}

function versions(value: unknown, what: string): SnapshotHead['objects'] {
  return list(value, what).map((each) => {
    const [name, version] = list(each, what)
    return [text(name, what), whole(version, what)]
  })
}

const { list, text, whole } = jsonReaders(
  (what, wanted) =>
    new Error(`the head of the snapshot is not what this program understands: ${what} should be ${wanted}`),
)
