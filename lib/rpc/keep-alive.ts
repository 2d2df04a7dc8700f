/** How long a connection of HTTP stays open from one request to the next. */
import type { Rule } from './options.js'

/** What is in front, a load balancer or a proxy, must end an idle connection before this side does. */
export interface KeepAlive {
  /**
   * How long a connection of HTTP stays open from one request to the next: longer than whatever is in front of it keeps
   * one without a use, or some requests meet one that is just being closed. Milliseconds. Default 5,000.
   */
  readonly keepAliveMs?: number | undefined
}

export const KEEP_ALIVE_TIMEOUT_MS = 5_000
export const KEEP_ALIVE_MS = { least: 1_000, most: 3_600_000 }

export const KEEP_ALIVE: Rule = {
  holds: (value) =>
    Number.isSafeInteger(value) &&
    Number(value) >= KEEP_ALIVE_MS.least &&
    Number(value) <= KEEP_ALIVE_MS.most,
  wanted: `a whole number of milliseconds, from ${KEEP_ALIVE_MS.least} to ${KEEP_ALIVE_MS.most}`,
}
