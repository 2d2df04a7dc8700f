/** Decorators for methods of providers that have been given a client, as `rollcall`. */
import type { JobRunOptions, LeaseOptions, Rollcall } from 'rollcall'

interface Provider {
  readonly rollcall: Rollcall
}

/** One instance at a time runs it; the others wait for their turn. */
export function Locked(name: string, options: LeaseOptions = {}) {
  return around((rollcall, run) => rollcall.lock(name, options).run(run))
}

/** Of all instances that call it with the same arguments one runs it, and all have its result. */
export function RunOnce(name: string, options: JobRunOptions = {}) {
  return around((rollcall, run, args) => rollcall.once(`${name} ${JSON.stringify(args)}`, options).run(run))
}

function around(
  call: <R>(rollcall: Rollcall, run: () => Promise<R>, args: readonly unknown[]) => Promise<R>,
) {
  return <P extends Provider, A extends unknown[], R>(
    _prototype: P,
    _name: string,
    descriptor: TypedPropertyDescriptor<(...args: A) => Promise<R>>,
  ): void => {
    const method = descriptor.value
    if (method === undefined) throw new TypeError('only methods are coordinated')
    descriptor.value = function (this: P, ...args) {
      return call(this.rollcall, () => method.apply(this, args), args)
    }
  }
}
