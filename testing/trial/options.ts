/** The doors of a trial: what a test says of its object, and of its calls, is looked at before it is believed. */
import { isList, isObject } from '../../lib/json.js'
import { isCarried, whyNotCarried } from '../../lib/values/carried.js'
import type { Trial, TrialCall } from './trial.js'

/** Which runs a trial has. */
export interface Runs {
  readonly firstSeed: number
  readonly runs: number
}

const RUNS = 10
const NODES = 3
const NODES_MAX = 7
const RUNS_MAX = 1_000_000
/** Behind it there is room for all runs. */
const SEED_MAX = Number.MAX_SAFE_INTEGER - RUNS_MAX

/** By the name of each option, what is wanted, and whether a value is that. */
const WANTED: Readonly<Record<keyof Trial<object>, readonly [string, (value: unknown) => boolean]>> = {
  object: ['the class of an object', isFunction],
  calls: ['a function that gives the next call', isFunction],
  invariants: [
    'an object of functions, each by a name',
    (value) => value === undefined || isRecordOfFunctions(value),
  ],
  model: ['a model, with initial() and step()', (value) => value === undefined || isModel(value)],
  runs: [`a whole number from 1 to ${RUNS_MAX}`, (value) => value === undefined || isWhole(value, RUNS_MAX)],
  seed: ['a whole number from 1 up', (value) => value === undefined || isWhole(value, SEED_MAX)],
  nodes: [
    `a whole number from 1 to ${NODES_MAX}`,
    (value) => value === undefined || isWhole(value, NODES_MAX),
  ],
}

/** @throws TypeError, or RangeError for a number, that says what was wanted and what came */
export function demandTrial(trial: unknown): void {
  if (!isObject(trial)) throw new TypeError(`simulate() wants an object of options, and not ${shown(trial)}`)
  for (const [name, [wanted, isSo]] of Object.entries(WANTED)) {
    const value = trial[name]
    if (isSo(value)) continue
    const Kind = typeof value === 'number' ? RangeError : TypeError
    throw new Kind(`simulate() wants as ${name} ${wanted}, and not ${shown(value)}`)
  }
  const unknown = Object.keys(trial).find((name) => !Object.hasOwn(WANTED, name))
  if (unknown === undefined) return
  throw new TypeError(`simulate() has no option ${unknown}: it takes ${Object.keys(WANTED).join(', ')}`)
}

/** With a seed and no number of runs, that seed alone. */
export function runsOf({ seed, runs }: Pick<Trial<object>, 'seed' | 'runs'>): Runs {
  return { firstSeed: seed ?? 1, runs: runs ?? (seed === undefined ? RUNS : 1) }
}

export function nodesOf({ nodes = NODES }: Pick<Trial<object>, 'nodes'>): number {
  return nodes
}

/** What `calls` gave. @throws TypeError that says what was wanted and what came */
export function demandCall(call: unknown): asserts call is TrialCall {
  const [method, ...params] = isList(call) ? call : []
  if (typeof method !== 'string')
    throw new TypeError(
      `calls() must give a list of a method's name and its arguments, and gave ${shown(call)}`,
    )
  const strange = params.findIndex((param) => !isCarried(param))
  if (strange < 0) return
  const why = whyNotCarried(params[strange], `argument ${strange + 1}`)
  throw new TypeError(`calls() gives ${method} an argument that JSON would alter: ${why}`)
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isRecordOfFunctions(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isFunction)
}

function isModel(value: unknown): boolean {
  return isObject(value) && isFunction(value['initial']) && isFunction(value['step'])
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const SHOWN = 60

/** Short, whatever it is. */
export function shown(value: unknown): string {
  const text = textOf(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'function':
      return `the function ${value.name}`
    case 'object':
      return textOfObject(value)
    case 'string':
      return JSON.stringify(value)
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'symbol':
    case 'undefined':
      return String(value)
  }
}

function textOfObject(value: object | null): string {
  if (value !== null && !isList(value) && !isPlain(value)) return `a ${value.constructor.name}`
  try {
    return JSON.stringify(value)
  } catch {
    return 'what has no text'
  }
}
