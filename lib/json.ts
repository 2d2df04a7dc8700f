/** What JSON can carry, and the questions to a value that came from outside and may be anything. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** Of a value that JSON.parse has made the parts are JSON, too; of any other they are unknown. */
export function isList(value: Json | undefined): value is readonly Json[]
export function isList(value: unknown): value is readonly unknown[]
export function isList(value: unknown): boolean {
  return Array.isArray(value)
}

/** With members that have names: no list. */
export function isObject(value: Json | undefined): value is JsonObject
export function isObject(value: unknown): value is Readonly<Record<string, unknown>>
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A whole number from 0 up that a double holds exactly. */
export function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** What is no object has no members. */
export function membersOf(value: Json | undefined): JsonObject
export function membersOf(value: unknown): Readonly<Record<string, unknown>>
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}

/** What is no list has no texts. */
export function textsIn(value: unknown): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === 'string') : []
}

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  return JSON.parse(text) as Json
}

/** Undefined: the text is no JSON. */
export function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** JSON.stringify with its true type: undefined for what has no JSON text, such as undefined or a function. */
export function jsonText(value: unknown): string | undefined {
  return JSON.stringify(value)
}
