/** All that a page imports: the client, over WebSockets. */

export { connect } from './lib/browser/connect.js'
export * from './client-api.js'
