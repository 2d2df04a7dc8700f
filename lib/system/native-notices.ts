/**
 * Announcements by the native package `mdns`, which asks the machine's own service: Bonjour, or Avahi behind its door.
 */
import type { Found, Native, Running } from 'mdns'
import { isObject } from '../json.js'
import type { Notice, NoticeBoard, NoticeHearers } from '../discovery/local-network.js'

const TYPE = 'rollcall'

/** Undefined: it is not installed, or the machine's service does not answer. */
export async function openNativeBoard(
  hearers: NoticeHearers,
  warn: (sentence: string) => void,
): Promise<NoticeBoard | undefined> {
  // Avahi's door prints a page of warnings about itself where this is not set.
  process.env['AVAHI_COMPAT_NOWARN'] ??= '1'
  const native = await import('mdns').then((module) => module.default).catch(() => undefined)
  if (native === undefined) return undefined
  const board = new NativeBoard(native, hearers, warn)
  try {
    board.ask()
    return board
  } catch (error) {
    warn(`the package mdns does not work here, bonjour-service is used instead: ${said(error)}`)
    await board.close()
    return undefined
  }
}

class NativeBoard implements NoticeBoard {
  readonly by = 'mdns'
  readonly #native: Native
  readonly #hearers: NoticeHearers
  readonly #warn: (sentence: string) => void
  readonly #announced: Running[] = []
  #browser: Running | undefined

  constructor(native: Native, hearers: NoticeHearers, warn: (sentence: string) => void) {
    this.#native = native
    this.#hearers = hearers
    this.#warn = warn
  }

  announce({ name, port, texts }: Notice): void {
    const { tcp, createAdvertisement } = this.#native
    const running = createAdvertisement(tcp(TYPE), port, { name, txtRecord: texts })
    running.on('error', (error: unknown) => this.#warn(said(error)))
    running.start()
    this.#announced.push(running)
  }

  /** A browser tells of each once: each round has a new one. */
  ask(): void {
    const { tcp, createBrowser, rst } = this.#native
    stopped(this.#browser)
    // The text records say where it is; names of hosts are the business of whoever calls.
    const browser = createBrowser(tcp(TYPE), { resolverSequence: [rst.DNSServiceResolve()] })
    browser.on('serviceUp', (found: Found) =>
      this.#hearers.seen({ name: found.name, texts: textsIn(found.txtRecord) }),
    )
    browser.on('serviceDown', (found: Found) => this.#hearers.gone(found.name))
    // Of one that could not be looked into: it is asked for again.
    browser.on('error', () => undefined)
    browser.start()
    this.#browser = browser
  }

  close(): Promise<void> {
    stopped(this.#browser)
    this.#browser = undefined
    for (const running of this.#announced.splice(0)) stopped(running)
    return Promise.resolve()
  }
}

/** One that has failed, or has ended by itself, can't be stopped again. */
function stopped(running: Running | undefined): void {
  try {
    running?.stop()
  } catch {
    // It runs no more.
  }
}

function textsIn(record: unknown): Record<string, string> {
  const pairs = isObject(record) ? Object.entries(record) : []
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
