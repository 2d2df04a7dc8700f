/** The clusters that a name server knows, for whoever asks for one that is none of them. */
import { InvalidParamsError } from '../rpc/errors.js'

/** Under such a name each cluster has registered its leader. */
const LEADER = '.leader'
/** As an expression of the name server's `list`. */
export const LEADERS = `.*\\${LEADER}`
const SHOWN = 5
/** Errors that {@link noSuchCluster} has made. */
const made = new WeakSet<object>()

/** Whether it says that the cluster is none of those that are known: whoever waits for it waits on. */
export function isOfNoSuchCluster(error: object): boolean {
  return made.has(error)
}

/**
 * `names`: what the name server lists of {@link LEADERS}. Undefined: it knows `cluster`, or none, and that one may
 * come.
 */
export function noSuchCluster(
  cluster: string,
  names: readonly string[],
  nameserver: string,
): InvalidParamsError | undefined {
  const known = names.map((name) => name.slice(0, -LEADER.length))
  if (known.length === 0 || known.includes(cluster)) return undefined
  const shown = known.slice(0, SHOWN).map((each) => JSON.stringify(each))
  const more = known.length > SHOWN ? ` and ${known.length - SHOWN} more` : ''
  const error = new InvalidParamsError(
    `the name server at ${nameserver} knows no cluster ${JSON.stringify(cluster)}, and no member of it answers: ` +
      `it knows ${shown.join(', ')}${more}; nothing was done`,
  )
  made.add(error)
  return error
}
