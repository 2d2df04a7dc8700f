/** A library has no business on its user's terminal: what matters comes back as results and errors. */
import type { Logger } from '../ports.js'

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }
