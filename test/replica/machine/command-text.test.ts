/** The text of a command in the log: what goes in comes out, and what this program does not understand stops it. */
import fc from 'fast-check'
import t from 'tap'
import { TooLargeError } from '../../../lib/rpc/errors.js'
import {
  COMMAND_BYTES_MAX,
  decodeCommand,
  encodeCommand,
  sessionExtras,
  sessionRequest,
} from '../../../lib/replica/machine/command-text.js'
import type { Command } from '../../../lib/replica/machine/command-text.js'
import { fingerprint } from '../../../lib/replica/sessions/kept-results.js'

const plain: Command = { object: 'kv', method: 'set', params: ['a', 1], time: 5, seed: 7 }

void t.test('a command without extras has the text that it always had', async (t) => {
  t.equal(encodeCommand(plain), '[1,"kv","set",["a",1],5,7]')
  t.same(decodeCommand('[1,"kv","set",["a",1],5,7]'), plain)
})

void t.test('session, number and version come back as they went in', async (t) => {
  for (const extras of [
    { session: 's', seq: 3 },
    { session: 's', seq: 3, firstOutstanding: 2 },
    { version: 2 },
    { session: 's', seq: 2 ** 53 - 1, version: 3 },
  ]) {
    const command = { ...plain, extras }
    t.same(decodeCommand(encodeCommand(command)), command)
  }
})

void t.test('extras that a later program may have added are left aside', async (t) => {
  t.same(decodeCommand('[1,"kv","set",["a",1],5,7,{"version":2,"colour":"red"}]'), {
    ...plain,
    extras: { version: 2 },
  })
})

void t.test('an entry whose extras are of the wrong kind stops the replica', async (t) => {
  for (const extras of [
    '{"session":1,"seq":1}',
    '{"session":"s","seq":"1"}',
    '{"version":"2"}',
    '{"firstOutstanding":null}',
  ])
    t.throws(() => decodeCommand(`[1,"kv","set",[],5,7,${extras}]`), /an entry of the log/)
})

void t.test('session and number belong together, or neither is there', async (t) => {
  t.equal(sessionExtras({}), undefined)
  t.equal(sessionExtras({ firstOutstanding: 3 }), undefined)
  t.same(sessionExtras({ session: 's', seq: 1, timeoutMs: 5 }), { session: 's', seq: 1 })
  t.same(sessionExtras({ session: 's', seq: 4, firstOutstanding: 2 }), {
    session: 's',
    seq: 4,
    firstOutstanding: 2,
  })
  t.throws(() => sessionExtras({ session: 's' }), { name: 'InvalidRequestError' })
  t.throws(() => sessionExtras({ seq: 1 }), { name: 'InvalidRequestError' })
})

void t.test(
  'what makes two attempts the same command is its name and its params, not when it was sent',
  async (t) => {
    const extras = { session: 's', seq: 1 }
    const requestOf = (command: Command) => sessionRequest(command, encodeCommand(command))
    const one = requestOf({ ...plain, extras })
    t.same(requestOf({ ...plain, time: 6, seed: 8, extras }), one)
    for (const change of [{ params: ['a', 2] }, { method: 'cas' }, { object: 'other' }])
      t.not(requestOf({ ...plain, ...change, extras })?.fingerprint, one?.fingerprint)
    t.equal(requestOf(plain), undefined)
  },
)

void t.test('what the same command is does not hang on how its text was written', async (t) => {
  const text = '[1, "kv", "set", ["a", 1e0], 5, 7, {"session": "s", "seq": 1}]'
  const command = decodeCommand(text)
  t.same(sessionRequest(command, text), sessionRequest(command, encodeCommand(command)))
})

void t.test('a parameter that looks like the rest of a command is a parameter', async (t) => {
  const command = { ...plain, params: [[], plain.time, plain.seed, {}], extras: { session: 's', seq: 1 } }
  const request = sessionRequest(command, encodeCommand(command))
  t.equal(request?.fingerprint, fingerprint(JSON.stringify([command.object, command.method, command.params])))
})

void t.test(
  'where the params end is found as older builds find it, whatever stands behind them',
  async (t) => {
    const number = fc.oneof(fc.constantFrom(0, 5, 7, 12, 1.5, -3, 1e21, 2 ** 53), fc.nat())
    const session = fc.oneof(fc.constantFrom('s', ',5,7,{', ',{', 'a,0,12,{"x', '{'), fc.string())
    const params = fc.array(fc.oneof(fc.jsonValue(), fc.constant({ ',5': [5, 7, {}] })))
    fc.assert(
      fc.property(number, number, session, params, (time, seed, session, params) => {
        const text = JSON.stringify([1, 'kv', 'set', params, time, seed, { session, seq: 1 }])
        const command = decodeCommand(text)
        const end = text.lastIndexOf(`,${command.time},${command.seed},{`)
        const expected = fingerprint(`[${text.slice(3, end)}]`)
        t.equal(sessionRequest(command, text)?.fingerprint, expected)
      }),
    )
  },
)

void t.test('a command that is too large is refused before all of it is looked at', async (t) => {
  const looked: number[] = []
  const pieces = Array.from({ length: 100 }, () => 'x'.repeat(100_000))
  const params = new Proxy(pieces, {
    get: (target, name, receiver): unknown => {
      if (typeof name === 'string' && /^\d+$/.test(name)) looked.push(Number(name))
      return Reflect.get(target, name, receiver)
    },
  })
  t.throws(() => encodeCommand({ ...plain, params }), TooLargeError)
  t.ok(Math.max(...looked) < 20, `${looked.length} of 100 were looked at`)
})

void t.test('a command is too large by whatever it is made of', async (t) => {
  const big = 'x'.repeat(COMMAND_BYTES_MAX)
  for (const params of [[big], [{ [big]: 1 }], [Array<number>(COMMAND_BYTES_MAX + 1).fill(1)]])
    t.throws(() => encodeCommand({ ...plain, params }), TooLargeError)
  t.doesNotThrow(() => encodeCommand({ ...plain, params: ['x'.repeat(COMMAND_BYTES_MAX - 100)] }))
})
