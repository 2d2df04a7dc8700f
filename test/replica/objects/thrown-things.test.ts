/** What a method of a user's class may throw or answer: whatever it is, it is this call's own. */
import t from 'tap'
import { HostedObject } from '../../../lib/replica/objects/hosted.js'
import { Digest } from '../../../lib/replica/machine/digest.js'
import { OverloadedError } from '../../../lib/rpc/errors.js'
import { silent } from '../../harness/ports.js'

function refuse(): never {
  throw new Error('a trap')
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const things: Readonly<Record<string, () => unknown>> = {
  'a proxy that was revoked': revoked,
  'a proxy that refuses each question': () =>
    new Proxy(new Error('x'), { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse }),
  'an error whose stack throws': () => Object.defineProperty(new Error('x'), 'stack', { get: refuse }),
  'an error whose message throws': () => Object.defineProperty(new Error('x'), 'message', { get: refuse }),
  'an error of this project with a code that is none': () =>
    Object.assign(new OverloadedError('x'), { code: Object.create(null) as unknown }),
  'what throws when it is named': () => Object.defineProperty({}, Symbol.toStringTag, { get: refuse }),
}

class Wild {
  static commands = ['fail']
  static queries = ['give']
  fail(what: string): never {
    throw things[what]?.()
  }
  give(what: string): unknown {
    return things[what]?.()
  }
}

for (const what of Object.keys(things)) {
  t.test(`bug: a command that threw ${what} ended every member`, async (t) => {
    const object = new HostedObject('wild', Wild, silent)
    const result = object.run('fail', [what], 1)
    t.match(result, { error: { label: 'REMOTE_ERROR' } })
    new Digest().take(1, result)
    t.ok(object.run('give', [what]), 'it may be answered, and harms nobody')
  })
}
