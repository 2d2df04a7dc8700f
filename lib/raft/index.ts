/** The door of the core. */
export * from './types.js'
export { createRaftServer } from './server.js'
export { InvariantViolation } from './invariant.js'
export { TERM_JUMP_MAX } from './receive.js'
export { checkLogMatching, checkState, checkTransition, ClusterInvariants } from './invariants.js'
export { renderTable } from './render-table.js'
