/**
 * A name of a remote object as its proxy gives it out: a method to call, or an attribute
 * to await. What is said of one call (its time, a signal) goes before it, or, where the
 * method has a fixed number of parameters, behind its arguments:
 *
 *     greeter.greet.with({ timeoutMs: 500 })('you')          greeter.greet('you', { timeoutMs: 500 })
 */
import { parseJson, type Json } from '../../json.js'
import { isPlain } from '../../values/carried.js'
import { decoded } from '../../values/decoded.js'
import { encoded } from '../../values/encoded.js'
import type { Pointers } from '../../values/tags.js'
import { checkCallOptions, isLikeOptions, type CallOptions } from './call-options.js'
import type { MethodSaid } from '../exposed.js'
import { InvalidParamsError } from '../errors.js'
import { trimmed } from '../messages/request.js'
import { toWire } from '../wire-error.js'

/** Makes a call of a method by its name. The params are what the user has given, and not looked at. */
export type ProxyCall = (method: string, params: readonly Json[], options?: CallOptions) => Promise<unknown>

export type Methods = ReadonlyMap<string, MethodSaid>

/** What a proxy may know of the object. */
export interface ProxyKnowledge {
  /** As it is printed: `kv`. Default: `object`. */
  readonly name?: string
  /** The object's methods, once its process has said them. Default: it never has. */
  readonly methods?: () => Methods | undefined
  /** Asks the object's process for its methods. None: it says nothing. Default: nobody can be asked. */
  readonly learn?: (options?: CallOptions) => Promise<Methods>
  /** Whether an argument goes as what it is, and not as what it holds. Default: no plain data does. */
  readonly isPointedAt?: (value: object) => boolean
  /** Lets go of it, as its `Symbol.dispose`. Default: it has none. */
  readonly dispose?: () => void
}

export type RemoteMethod = (...args: readonly Json[]) => Promise<unknown>

export function remoteMethod(name: string, call: ProxyCall, knowledge: ProxyKnowledge): RemoteMethod {
  const shown = `${knowledge.name ?? 'object'}.${name}`
  const method: RemoteMethod = (...args) =>
    isLikeOptions(args.at(-1))
      ? perhapsWithOptions(shown, name, args, call, knowledge)
      : call(name, trimmed(args))
  return Object.defineProperties(method, {
    name: { value: shown },
    with: {
      value: (options: CallOptions): RemoteMethod => {
        checkCallOptions(`${shown}.with`, options)
        return (...args) => call(name, trimmed(args), options)
      },
    },
    then: { get: () => thenOf(shown, name, call, knowledge) },
  })
}

/** The last argument is one of the method's own, unless the method has fewer, and always as many. */
async function perhapsWithOptions(
  shown: string,
  name: string,
  args: readonly Json[],
  call: ProxyCall,
  { methods, learn, isPointedAt = () => false }: ProxyKnowledge,
): Promise<unknown> {
  const last = args.length - 1
  const options: unknown = args[last]
  if (!isLikeOptions(options)) return call(name, trimmed(args))
  const hasOptions = (known: Methods | undefined): boolean => known?.get(name)?.params === last
  const before = methods?.()
  // What is asked first takes a while, in which the arguments may be changed by whoever gave them.
  if (before === undefined && learn !== undefined) {
    const all = copyOf(shown, args, isPointedAt)
    const fewer = copyOf(shown, args.slice(0, last), isPointedAt)
    const given: CallOptions = { ...options }
    return hasOptions(await learn(given)) ? withOptions(fewer(), given) : call(name, all())
  }
  return hasOptions(before) ? withOptions(args.slice(0, last), options) : call(name, trimmed(args))

  function withOptions(params: readonly Json[], said: CallOptions): Promise<unknown> {
    checkCallOptions(shown, said)
    return call(name, params, said)
  }
}

/**
 * What can't be sent may turn out not to be meant to be. What is pointed at stays what it is,
 * and so does what is no plain data.
 */
function copyOf(
  shown: string,
  args: readonly Json[],
  isPointedAt: (value: object) => boolean,
): () => readonly Json[] {
  try {
    const copy = copied(trimmed(args), isPointedAt)
    return () => copy
  } catch (cause) {
    return () => {
      throw new InvalidParamsError(`${shown}: ${toWire(cause).message}; the call was not sent`, { cause })
    }
  }
}

function copied(args: readonly Json[], isPointedAt: (value: object) => boolean): readonly Json[] {
  const kept: object[] = []
  const pointers: Pointers = {
    refer: (value) =>
      isPlain(value) && !isPointedAt(value) ? undefined : { $: 'export', of: kept.push(value) - 1 },
    meet: (_, of) => kept[Number(of)],
  }
  return args.map((arg, at) => {
    const { json, isTagged } = encoded(arg, `args[${at}]`, pointers)
    const copy = parseJson(JSON.stringify(json))
    // A copy of what was Json for the compiler is that still.
    return isTagged ? (decoded(copy, pointers) as Json) : copy
  })
}

type Then = Promise<unknown>['then']

/** Undefined for a method that is known to be one: it is no promise, whoever asks. */
function thenOf(
  shown: string,
  name: string,
  call: ProxyCall,
  { methods, learn }: ProxyKnowledge,
): Then | undefined {
  const known = methods?.()?.get(name)
  if (known !== undefined ? known.form !== 'attribute' : learn === undefined) return undefined
  return (resolve, reject) => read().then(resolve, reject)

  async function read(): Promise<unknown> {
    const said = known ?? (await learn?.())?.get(name)
    if (said?.form === 'attribute') return call(name, [])
    throw new InvalidParamsError(`${shown} is a method: call it, ${shown}(…); awaiting it reads nothing`)
  }
}
