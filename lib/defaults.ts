/** What stands hard-coded, so that a first run needs no configuration at all. */

/** The four members that a cluster without a configuration of its own consists of. */
export const DEFAULT_MEMBERS: readonly string[] = [
  'node1@localhost:9101',
  'node2@localhost:9102',
  'node3@localhost:9103',
  'node4@localhost:9104',
]

export const DEFAULT_HOST = 'localhost'
export const DEFAULT_CLUSTER = 'rollcall'
export const NAMESERVER_OBJECT = 'nameserver'
export const NAMESERVER_PORT = 9090
/** The cluster that the name servers are members of. No name that `--cluster` would be given by chance. */
export const NAMESERVER_CLUSTER = 'rollcall.nameserver'
/** The one that was started without an id. */
export const NAMESERVER_MEMBER = 'nameserver1'
export const BALANCER_PORT = 9080
