/** What a class says about its snapshots: its version, and how to take and read them. */
import type { Json } from '../../json.js'
import { checkedChunks } from './checked-chunks.js'
import { attemptFields, fieldChunks, restoreFields } from './default-snapshot.js'
import { demandSynchronous, methodOf } from './lineage.js'
import { EXPIRE } from './own-names.js'
import { UnsuitableClassError } from './unsuitable-class.js'
import { UnsuitableValueError } from '../../values/unsuitable.js'

/** What a class whose state is not all in ordinary fields brings; both or neither. */
export interface TakesSnapshots {
  /** The whole state. Pulled at once, while everything else waits, unless it is `sliced`. */
  snapshot(): Iterable<Json>
  /** Called once, on a new object: puts it into the state that `snapshot` wrote. */
  restore(chunks: AsyncIterable<Json>): void | Promise<void>
}

/** What a class brings in whose objects something ends by itself when its time is over: both or neither. */
export interface Expires {
  /**
   * The log time at which `expire` is due, in milliseconds since 1970; undefined: not before another command has run.
   * It changes nothing, and is asked for after each command.
   */
  nextExpiry(): number | undefined
  /**
   * Ends what is over by `commandContext().now`. A command like any other, but nobody calls it: the member that leads
   * writes it into the log once it is due. True: there is more than one command may end, and it is called again soon.
   */
  expire(): unknown
}

export interface Expiry {
  /** As the method has it, whatever that returns. */
  readonly next: () => unknown
  readonly expire: () => unknown
}

export interface Hooks extends TakesSnapshots {
  /**
   * Runs `run`; if that throws, puts the object back to how it was before and throws the same. Undefined: it can't be
   * put back, and its commands can't be part of an atomic entry.
   */
  readonly attempt?: ((run: () => void) => void) | undefined
  /** `static version` of the class: a whole number from 1, the default. */
  readonly version: number
  /** Undefined: nothing of the object ends by itself. */
  readonly expiry?: Expiry | undefined
  /** In place of `restore`, when the snapshot is of an older version. */
  readonly upgrade?: ((chunks: AsyncIterable<Json>, from: number) => unknown) | undefined
}

/**
 * `isMarked`: whether callers can call a method, which then is no hook.
 * @throws UnsuitableClassError for a version that is no whole number from 1, for one of snapshot and restore without
 * the
 *   other, for `nextExpiry` without `expire`, and, where the class has no snapshot, for a field that can't be carried.
 */
export function hooksOf(
  instance: object,
  className: string,
  isMarked: (method: string) => boolean = () => false,
): Hooks {
  const snapshot = methodOf(instance, 'snapshot')
  const restore = methodOf(instance, 'restore')
  const upgrade = methodOf(instance, 'upgrade')
  const attempt = methodOf(instance, 'attempt')
  if ((snapshot === undefined) !== (restore === undefined)) {
    const [there, missing] = snapshot === undefined ? ['restore', 'snapshot'] : ['snapshot', 'restore']
    throw new UnsuitableClassError(`${className} has a method ${there}, and needs ${missing} beside it`)
  }
  const own =
    snapshot === undefined || restore === undefined
      ? byDefault(instance, className)
      : {
          snapshot: () =>
            checkedChunks(iterable(Reflect.apply(snapshot, instance, []), className), className),
          restore: async (chunks: AsyncIterable<Json>) => {
            await Reflect.apply(restore, instance, [chunks])
          },
        }
  return {
    ...own,
    ...(attempt &&
      !isMarked('attempt') && {
        attempt: (run: () => void) => void Reflect.apply(attempt, instance, [run]),
      }),
    version: versionOf(instance, className),
    expiry: expiryOf(instance, className, isMarked),
    upgrade: upgrade && ((chunks, from): unknown => Reflect.apply(upgrade, instance, [chunks, from])),
  }
}

/** A class that has one of the names for its callers has no such hook. */
function expiryOf(
  instance: object,
  className: string,
  isMarked: (method: string) => boolean,
): Expiry | undefined {
  const next = methodOf(instance, 'nextExpiry')
  if (next === undefined || isMarked('nextExpiry') || isMarked(EXPIRE)) return undefined
  const expire = methodOf(instance, EXPIRE)
  if (expire === undefined)
    throw new UnsuitableClassError(`${className} has a method nextExpiry, and needs ${EXPIRE} beside it`)
  demandSynchronous(expire, `${className}.${EXPIRE}`)
  return {
    // Asked after each command.
    next: next.bind(instance),
    expire: (): unknown => Reflect.apply(expire, instance, []),
  }
}

function byDefault(instance: object, className: string): Omit<Hooks, 'version'> {
  try {
    Array.from(fieldChunks(instance))
  } catch (error) {
    if (!(error instanceof UnsuitableValueError)) throw error
    throw new UnsuitableClassError(
      `${className}: ${error.message}, which a snapshot can't carry: make it plain data (objects, lists, Maps, Sets), ` +
        `or give the class the methods snapshot and restore`,
    )
  }
  return {
    snapshot: () => fieldChunks(instance),
    restore: (chunks) => restoreFields(instance, chunks),
    attempt: (run) => attemptFields(instance, run),
  }
}

function versionOf(instance: object, className: string): number {
  const value: unknown = Reflect.get(instance.constructor, 'version')
  if (value === undefined) return 1
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new UnsuitableClassError(`static version of ${className} must be a whole number from 1`)
}

/** The method's own result, so that the mark of `sliced` is kept. */
function iterable(value: unknown, className: string): Iterable<Json> {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return value as Iterable<Json>
  throw new TypeError(
    `${className}.snapshot() must return chunks that can be iterated: a list, or a generator`,
  )
}
