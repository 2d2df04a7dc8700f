/** All that a program imports, what is wanted first at the top; a page imports the client alone (browser.ts). */

export { serve, startDaemon } from './lib/system/serve.js'
export { behavior, type Behavior, type InstanceMode } from './lib/serving/behavior.js'
export type { Authenticate, Credentials } from './lib/serving/authentication.js'
export type { Daemon, DaemonOptions, RegisterOptions as ServedObjectOptions } from './lib/serving/daemon.js'
export { validate, type ValidateDecorator } from './lib/rpc/answering/schemas.js'
export type { Schemas, StandardSchema } from './lib/rpc/answering/validation.js'
export type { ServeOptions, Service } from './lib/serving/serve.js'
export { connect } from './lib/system/connect.js'
export type { Node } from './node/host-node.js'
export { startNode, type NodeOptions } from './node/start-node.js'
export type { NameServer } from './nameserver/host-name-server.js'
export { startNameServer, type NameServerOptions } from './nameserver/server.js'
export { command, query, type ReplicatedClass } from './lib/replica/objects/marks.js'
export { commandContext, type CommandContext } from './lib/replica/objects/context.js'
export { fieldsOf } from './lib/replica/objects/default-snapshot.js'
export { sliced } from './lib/replica/objects/sliced.js'
export { SnapshotMap, type PutBack } from './lib/replica/objects/snapshot-map.js'

// The client, its errors, and the objects that every node has.
export * from './client-api.js'

// What signatures above are made of.
export type { AccessEntry, AccessTable } from './lib/access/access-table.js'
export type { AuthenticateCaller, CallerRights, ShownCaller } from './lib/access/judge.js'
export type { StopOptions } from './lib/hosting/host-member.js'
export type { RangeMs } from './lib/member-settings.js'
export type { Address, Logger, LogFields } from './lib/ports.js'
export type { Role } from './lib/roles.js'
