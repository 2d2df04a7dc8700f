/** The door of the core. */
export * from './types.js'
export { createRaftServer } from './server.js'
export { checkLogMatching, checkState, checkTransition, ClusterInvariants } from './invariants.js'
export { renderTable } from './render-table.js'
