/** The types of remote objects: what can be given to a call of theirs, and what arrives. */
import type { Json } from '../../json.js'
import type { RegisteredTypes } from '../../values/registered.js'
import type { CallOptions } from './call-options.js'
import type { UncallableName } from '../callable-names.js'
import type { Reference } from '../kept-reference.js'

/**
 * Every method of T, taking what can be sent and returning a promise of what arrives, and every other
 * member as a promise of what it holds; what can't be called from outside is left out. Functions, objects
 * with methods and (async) iterators arrive as what calls, or reads, those at the other end. What can't
 * travel, such as a promise within a value, is of type `never`.
 */
export type Remote<T> = {
  readonly [K in keyof T as CallableName<K>]: T[K] extends (...args: infer A) => infer R
    ? Called<A, Result<Awaited<R>>>
    : PromiseLike<Result<T[K]>>
}

/** A method, called with what can be sent, and with options of this call. */
export interface Called<A extends readonly unknown[], R> {
  (...args: IsFixed<A> extends true ? [...SentList<A>, options?: CallOptions] : SentList<A>): RemotePromise<R>
  /** The same with options of this call, whatever its parameters. */
  with(options: CallOptions): (...args: SentList<A>) => RemotePromise<R>
}

/**
 * A promise of an object of another process has the object's methods already: calls of these are sent behind the first.
 */
export type RemotePromise<R> = [MethodsOf<R>] extends [never]
  ? Promise<R>
  : Promise<R> & Pick<R, MethodsOf<R>>

/** Names of what can be called of another process's object; never for anything else. */
type MethodsOf<R> = unknown extends R
  ? never
  : R extends Disposable
    ? { [K in keyof R]: R[K] extends { with(options: CallOptions): unknown } ? K : never }[keyof R]
    : never

/** A function of another process. Its `Symbol.dispose` lets that one forget it. */
export interface RemoteFunction<
  A extends readonly unknown[] = readonly unknown[],
  R = unknown,
> extends Disposable {
  (...args: SentList<A>): Promise<R>
  /** The same with options of this call. */
  with(options: CallOptions): (...args: SentList<A>) => Promise<R>
}

/**
 * What another process has to read, item by item. Leaving a `for await`, `return`, or disposing of it ends it there.
 */
export interface RemoteStream<T = unknown>
  extends AsyncIterableIterator<T, undefined>, Disposable, AsyncDisposable {
  /** Ends the stream at its source. */
  return(): Promise<IteratorResult<T, undefined>>
}

/** Whether there are always as many: none may be left out, and none is a rest. */
type IsFixed<A extends readonly unknown[]> = number extends A['length']
  ? false
  : A extends Required<A>
    ? true
    : false

type CallableName<K> = K extends UncallableName ? never : K extends string ? K : never

type SentList<A extends readonly unknown[]> = { [I in keyof A]: Sent<A[I]> }

/** T as it can be given; `never` where it would be refused. What nobody knows stays what it is. */
export type Sent<T> = Travelled<T, 'given'>

/** A method that returns undefined answers null; what one of type void answers is nobody's business. */
type Result<R> = R extends undefined ? null : Travelled<R, 'arrived'>

type AnyFunction = (...args: never[]) => unknown

type Travelled<T, Way> = unknown extends T
  ? T
  : T extends Reference<infer O>
    ? Way extends 'given'
      ? T | Remote<O>
      : T
    : T extends Json
      ? T
      : T extends undefined | bigint | RegisteredTypes[keyof RegisteredTypes] | Address
        ? T
        : T extends symbol | PromiseLike<unknown>
          ? never
          : T extends AnyFunction | AsyncIterable<unknown> | Iterator<unknown, unknown, never>
            ? Pointed<T, Way>
            : T extends ReadonlyMap<infer K, infer V>
              ? Holding<T, K | V, Way>
              : T extends ReadonlySet<infer V>
                ? Holding<T, V, Way>
                : T extends object
                  ? HasMethods<T> extends true
                    ? Pointed<T, Way>
                    : T extends Builtin
                      ? T
                      : { [K in keyof T]: Travelled<T[K], Way> }
                  : T

/**
 * Who gives it keeps it, and who gets it has something that stands for it. The promise of an object has the object's
 * methods, and is not the object.
 */
type Pointed<T, Way> = Way extends 'given'
  ? (T | AtOnce<T>) & { readonly then?: never }
  : T extends (...args: infer A) => infer R
    ? RemoteFunction<A, Result<Awaited<R>>>
    : T extends AsyncIterable<infer X>
      ? RemoteStream<Travelled<X, Way>>
      : T extends Iterator<infer X, unknown, never>
        ? RemoteStream<Travelled<X, Way>>
        : Remote<T> & Disposable

/** A function may answer at once, where it is waited for anyway. */
type AtOnce<T> = T extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never

/** A collection travels if all that it holds does. */
type Holding<T, Held, Way> = [Held] extends [Travelled<Held, Way>] ? T : never

/** What is built in has methods too, and travels as what it is. */
type HasMethods<T> = T extends Builtin | readonly unknown[]
  ? false
  : { [K in keyof T]-?: T[K] extends AnyFunction ? true : never }[keyof T] extends never
    ? false
    : true

type Builtin = Date | RegExp | Error | ArrayBuffer | ArrayBufferView

/** A `URL`, whose type not every platform has. */
interface Address {
  readonly href: string
  readonly origin: string
  toJSON(): string
}
