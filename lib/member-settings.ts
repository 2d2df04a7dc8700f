/**
 * What can be set of a member: each setting with its default and its range. Whoever starts a member checks them at
 * {@link memberSettings} and hands the result on whole; each part of the member reads from it what concerns it.
 */
import { isObject } from './json.js'
import { ms, type Ms } from './ports.js'

/** In milliseconds, `min` below `max`. */
export interface RangeMs<N extends number = number> {
  readonly min: N
  readonly max: N
}

export const SETTINGS = {
  /** Range that election timeouts are drawn from, in ms, from 1 to 9,999,999. Default 150-300 (Raft paper, §9.3). */
  electionTimeout: rangeMs({ min: 150, max: 300 }, 1, 9_999_999),
  /** Ms between a leader's messages when there is nothing to say, from 1 to 60,000. Default 50. */
  heartbeat: milliseconds(50, 1, 60_000),
  /** Of the members that could lead, the one with the highest does. From 0 to 1,000,000. Default 0. */
  priority: wholeNumber(0, 0, 1_000_000),
  /**
   * The leader answers queries without a round of messages while a majority has just answered it (thesis §6.4.1). A
   * query may then miss the newest commands when two members' clocks run at rates that differ by more than a
   * twentieth, or when a leader's whole machine is suspended and goes on. No lease where a majority has it off. Default
   * false.
   */
  readLease: yesOrNo(false),
  /**
   * A method of an object that runs for longer, in ms, ends the process, which nothing else could. From 100 to
   * 3,600,000. Default 10,000.
   */
  methodLimit: milliseconds(10_000, 100, 3_600_000),
  /**
   * What the objects may hold together, in bytes of their snapshots, up to 2^50. Beyond it, commands that add something
   * are refused. Default 0: a quarter of what the process's heap can grow to.
   */
  stateBytes: wholeNumber(0, 0, 2 ** 50),
}

type Settings = typeof SETTINGS

/** All of them, each in its range. */
export type MemberSettings = { readonly [Name in keyof Settings]: ReturnType<Settings[Name]['read']> }

/** As they are asked for: what is left out has its default. */
export type GivenSettings = { readonly [Name in keyof Settings]?: Settings[Name]['default'] | undefined }

/** @throws RangeError that names the setting, its range and what was given instead */
export function memberSettings(given: GivenSettings = {}): MemberSettings {
  return {
    electionTimeout: read('electionTimeout', SETTINGS.electionTimeout, given.electionTimeout),
    heartbeat: read('heartbeat', SETTINGS.heartbeat, given.heartbeat),
    priority: read('priority', SETTINGS.priority, given.priority),
    readLease: read('readLease', SETTINGS.readLease, given.readLease),
    methodLimit: read('methodLimit', SETTINGS.methodLimit, given.methodLimit),
    stateBytes: read('stateBytes', SETTINGS.stateBytes, given.stateBytes),
  }
}

/** Why members would stand for election while their leader is there; undefined: they would not. */
export function unfitRhythm({ heartbeat, electionTimeout: { min } }: MemberSettings): string | undefined {
  if (heartbeat < min) return undefined
  return (
    `heartbeat must be below electionTimeout.min, or members stand for election while their leader is there: ` +
    `${heartbeat} is not below ${min}`
  )
}

function read<Given, Value>(name: string, setting: Setting<Given, Value>, given: unknown): Value {
  return setting.read(name, given === undefined ? setting.default : given)
}

interface Setting<Given, Value> {
  readonly default: Given
  /** `name` is for the error. */
  readonly read: (name: string, given: unknown) => Value
}

/** Of a setting that is a number: the least and the most that it may be. */
export interface NumberSetting<N extends number = number> extends Setting<number, N> {
  readonly least: number
  readonly most: number
}

function wholeNumber(value: number, least: number, most: number): NumberSetting {
  return { default: value, least, most, read: (name, given) => whole(name, given, least, most) }
}

function milliseconds(value: number, least: number, most: number): NumberSetting<Ms> {
  return { default: value, least, most, read: (name, given) => ms(whole(name, given, least, most)) }
}

function rangeMs(value: RangeMs, least: number, most: number): Setting<RangeMs, RangeMs<Ms>> {
  const bound = (name: string, given: unknown): Ms => ms(whole(name, given, least, most))
  const read = (name: string, given: unknown): RangeMs<Ms> => {
    if (!isObject(given))
      throw new RangeError(`${name} must be an object with min and max, not ${shown(given)}`)
    const { min, max } = given
    const range = { min: bound(`${name}.min`, min), max: bound(`${name}.max`, max) }
    if (range.min < range.max) return range
    throw new RangeError(`${name}.min must be below ${name}.max: ${range.min} is not below ${range.max}`)
  }
  return { default: value, read }
}

const shown = (given: unknown): string => (typeof given === 'string' ? JSON.stringify(given) : String(given))

function yesOrNo(value: boolean): Setting<boolean, boolean> {
  const read = (name: string, given: unknown): boolean => {
    if (typeof given === 'boolean') return given
    throw new RangeError(`${name} must be true or false, not ${String(given)}`)
  }
  return { default: value, read }
}

function whole(name: string, given: unknown, least: number, most: number): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most) return given
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${String(given)}`)
}
