/**
 * Whether a method may go on after it has returned, so that its context goes along with it. That is told by its text,
 * and by those of the methods of its own object that it calls.
 */
import { prototypesOf } from './marks.js'
import { descriptorOf, isMethod, type Method } from './members.js'

const SPEAKS_OF_PROMISES = /\bPromise\b|\.then\b|\basync\b|\b__awaiter\b/
const CALLED = /\bthis\??\.(#?[\w$]+)\s*\(/g

export function isAsyncFunction(run: object): boolean {
  return Object.prototype.toString.call(run) === '[object AsyncFunction]'
}

/** `instance`: of the method's class, or what has all that instances have. */
export function goesOn(run: Method, instance: object, seen = new Set<Method>()): boolean {
  const text = textOf(run)
  seen.add(run)
  if (isAsyncFunction(run) || SPEAKS_OF_PROMISES.test(text)) return true
  return [...text.matchAll(CALLED)].some(([, name = '']) => {
    if (name.startsWith('#')) return isAsyncWithin(name, instance)
    const called: unknown = descriptorOf(instance, name)?.value
    return isMethod(called) && !seen.has(called) && goesOn(called, instance, seen)
  })
}

/** A private method, which nobody but its class can look at. */
function isAsyncWithin(name: string, instance: object): boolean {
  const declared = new RegExp(`\\basync\\s+${name.replaceAll('$', '\\$')}\\s*\\(`)
  return prototypesOf(instance).some((prototype) => {
    const maker: unknown = descriptorOf(prototype, 'constructor')?.value
    return typeof maker === 'function' && declared.test(textOf(maker))
  })
}

function textOf(run: object): string {
  return Function.prototype.toString.call(run)
}
