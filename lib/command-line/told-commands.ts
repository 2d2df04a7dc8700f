/** Commands as they are told to an operator, who may look after a cluster or after the name servers. */
import { DEFAULT_CLUSTER, NAMESERVER_CLUSTER, NAMESERVER_MEMBER } from '../defaults.js'

interface Started {
  readonly id: string
  readonly cluster: string
}

/** Where a member's folder is by default. */
export function folderOf({ id, cluster }: Started): string {
  return `.rollcall/${isAlone(id, cluster) ? 'nameserver' : id}`
}

/** What starts it, on its machine, with the folder that it has. `data`: if that is not where it is by default. */
export function startOf({ id, cluster }: Started, data?: string): string {
  const ownData = data === undefined ? '' : ` --data ${data}`
  if (isAlone(id, cluster)) return `rollcall nameserver${ownData}`
  if (cluster === NAMESERVER_CLUSTER) return `rollcall nameserver ${id}${ownData}`
  const ownCluster = cluster === DEFAULT_CLUSTER ? '' : ` --cluster ${cluster}`
  return `rollcall node ${id}${ownData}${ownCluster}`
}

/** The end of a command on members of that cluster: of `add`, `remove-node`, `transfer`, `status`, `backup`. */
export function groupFlag(cluster: string): string {
  return cluster === NAMESERVER_CLUSTER ? ' --nameservers' : ''
}

/** It was started without an id. */
function isAlone(id: string, cluster: string): boolean {
  return cluster === NAMESERVER_CLUSTER && id === NAMESERVER_MEMBER
}
