/**
 * An object in a process of its own, `echo-service.js NAMESERVER`, that gives back what it gets, and makes of a seed the
 * same values as its caller. Its URI is the first line that it prints.
 */
import fc from 'fast-check'
import { expose, serve } from '../../../api.js'
import { anything, travelling } from '../../values/any-value.js'
import { same } from '../../values/same.js'

/** What travels, of both processes. */
export function thoseOf(seed: number): readonly unknown[] {
  return fc.sample(travelling, { seed, numRuns: 50 })
}

/** What may not travel. */
export function anythingOf(seed: number): unknown {
  return fc.sample(anything, { seed, numRuns: 1 })[0]
}

export class Echo {
  @expose echo(value: unknown): readonly unknown[] {
    return [value]
  }
  /** Those that are not what this process makes of the seed, by their places. */
  @expose altered(seed: number, values: readonly unknown[]): readonly number[] {
    const own = thoseOf(seed)
    return own.flatMap((value, at) => (same(value, values[at]) ? [] : [at]))
  }
  @expose those(seed: number): readonly unknown[] {
    return thoseOf(seed)
  }
  @expose anythingOf(seed: number): readonly unknown[] {
    return [anythingOf(seed)]
  }
}

const [, program, nameserver] = process.argv
if (program === import.meta.filename) {
  const { uris } = await serve({ echo: new Echo() }, { nameserver })
  process.stdout.write(`${uris.echo}\n`)
}
