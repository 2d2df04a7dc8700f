/** The modules of examples/social, which are plain JavaScript, with the types that tests see them by. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { connect, Rollcall } from '../../api.js'
import type { Json } from '../../lib/json.js'

export const social = join(import.meta.dirname, '../../../examples/social')

export interface Post {
  readonly author: string
  /** Among those of its author, from 1. */
  readonly number: number
  readonly at: number
  readonly now: number
  readonly text: string
}

interface Page {
  readonly posts: readonly Post[]
  readonly next: number
  readonly follows: readonly string[]
}

export interface Part {
  readonly version: number
  readonly stream: string
  readonly first: number
  readonly items: readonly Json[]
}

export interface Timelines {
  join(user: string): boolean
  follow(user: string, author: string, home: string): void
  unfollow(user: string, author: string): void
  post(user: string, text: string): number
  list(user: string): readonly string[]
  timeline(user: string, after: number | null, most: number): Page
  isHeard(author: string): boolean
  destinations(): readonly string[]
  outgoing(cluster: string): Part | null
  carried(cluster: string, stream: string, upTo: number): void
  receive(from: string, part: Part): number
  snapshot(): Iterable<Json>
  restore(chunks: AsyncIterable<Json>): Promise<void>
}

export interface CarrierOptions {
  readonly rollcall: Rollcall
  deliver(cluster: string, part: Part): Promise<number>
  pause(ms: number, signal: AbortSignal): Promise<void>
  tell(line: string): void
}

export const { Timelines } = (await hostedModuleOf('timelines.js')) as {
  readonly Timelines: new () => Timelines
}
export const { Carrier } = (await moduleOf('carrier.js')) as {
  readonly Carrier: new (options: CarrierOptions) => { run(signal: AbortSignal): Promise<void> }
}
export interface User {
  readonly name: string
  readonly cluster: string
  follow(author: string): Promise<boolean>
  unfollow(author: string): Promise<void>
  list(): Promise<readonly string[]>
  post(text: string): Promise<number>
  timeline(options?: { readonly signal?: AbortSignal }): AsyncGenerator<Post, void>
  close(): void
}
export const { User } = (await moduleOf('user.js')) as {
  readonly User: { enter(to: typeof connect, nameserver: string, name: string): Promise<User> }
}

export interface Network {
  readonly nameserver: string
  /** The names of their processes. */
  readonly clusters: ReadonlyMap<string, readonly string[]>
  readonly pages: ReadonlyMap<string, string>
  add(cluster: string): void
  start(...names: readonly string[]): void
  kill(...names: readonly string[]): Promise<void>
  end(): Promise<void>
}
export const { Network } = (await moduleOf('network.js')) as {
  readonly Network: new (folder: string, ports: readonly number[]) => Network
}

/**
 * What a member hosts: with the modules of `rollcall` that the simulator runs in this process, where users have them in
 * pieces, which know nothing of the command that these run.
 */
function hostedModuleOf(file: string): Promise<unknown> {
  const places: ReadonlyMap<string, string> = new Map([
    ['rollcall', import.meta.resolve('../../api.js')],
    ['./rules.js', pathToFileURL(join(social, 'rules.js')).href],
  ])
  const text = readFileSync(join(social, file), 'utf8')
  const placed = text.replace(/(?<= from ')[^']+(?=')/g, (name) => places.get(name) ?? name)
  return import(`data:text/javascript,${encodeURIComponent(placed)}`) as Promise<unknown>
}

function moduleOf(file: string): Promise<unknown> {
  return import(pathToFileURL(join(social, file)).href) as Promise<unknown>
}
