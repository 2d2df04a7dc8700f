/** What collections need of a client. */
import type { CoordinationPorts } from '../coordination/ports.js'

export type CollectionPorts = Pick<CoordinationPorts, 'call' | 'watch'>
