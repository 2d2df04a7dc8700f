/** What travels by value: there and back by text, and what strangers may have written in its place. */
import assert from 'node:assert/strict'
import type { Json } from '../../lib/json.js'
import { decoded } from '../../lib/values/decoded.js'
import { encoded } from '../../lib/values/encoded.js'
import { UnreadableValueError, UnsuitableValueError } from '../../lib/values/unsuitable.js'
import { forged, holding, travelling } from '../values/any-value.js'
import { same } from '../values/same.js'
import { scene } from './target.js'
import type { Target } from './target.js'

export const valueTargets: readonly Target[] = [
  {
    name: 'a value of any kind that travels arrives as it was',
    runs: 800,
    open: () => Promise.resolve(scene(travelling, (value) => arrivesAsItWas(value))),
  },
  {
    name: 'a value that holds what can not travel is refused, with its place',
    runs: 200,
    open: () => Promise.resolve(scene(holding, isRefused)),
  },
  {
    name: 'a forged tag is refused in a short sentence, or stands for a value that is written the same',
    runs: 800,
    open: () => Promise.resolve(scene(forged, isReadOrRefused)),
  },
]

function arrivesAsItWas(value: unknown): void {
  const back = thereAndBack(value)
  assert.ok(same(back, value), 'it arrived as something else')
}

/** By text, as on a line. */
function thereAndBack(value: unknown): unknown {
  const { json, isTagged } = encoded(value, 'it')
  const text = JSON.parse(JSON.stringify(json)) as Json
  return isTagged ? decoded(text) : text
}

function isRefused(value: unknown): void {
  assert.throws(() => encoded(value, 'it'), UnsuitableValueError)
}

function isReadOrRefused(json: Json): void {
  const value = valueOrRefusal(json)
  if (value === REFUSED) return
  arrivesAsItWas(value)
  assert.equal(Object.getPrototypeOf({}), Object.prototype)
}

const REFUSED = Symbol('refused')

function valueOrRefusal(json: Json): unknown {
  try {
    return decoded(json)
  } catch (error) {
    assert.ok(error instanceof UnreadableValueError, String(error))
    assert.ok(error.message.length < 1000)
    return REFUSED
  }
}
