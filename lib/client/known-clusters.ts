/** The clusters that a name server knows, for whoever asks for one that is none of them. */
import { InvalidParamsError } from '../rpc/errors.js'

/** Under such a name each cluster has registered its leader. */
const LEADER = '.leader'
/** As an expression of the name server's `list`. */
export const LEADERS = `.*\\${LEADER}`
const SHOWN = 5

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
  return new InvalidParamsError(
    `the name server at ${nameserver} knows no cluster ${JSON.stringify(cluster)}, and no member of it answers: ` +
      `it knows ${shown.join(', ')}${more}; nothing was done`,
  )
}
