/** A name that nobody knows, beside those that are nearly the same. */
import { nameInCluster } from '../names.js'
import { NameNotFoundError, UnreachableError } from '../rpc/errors.js'
import { closest } from '../suggest.js'
import type { NameLookup } from './name-lookup.js'

/** A name server has answered and does not know the name, and nobody of the cluster is there who could. */
export class NobodyElseError extends UnreachableError {
  override name = 'UnreachableError'
}

export class Misspelling {
  constructor(
    private readonly names: Pick<NameLookup, 'list'>,
    private readonly cluster: string,
  ) {}

  /**
   * `error`, with the name that was meant. It is the last word also where nobody of the cluster answers: whoever has
   * misspelt a name waits for nothing. Where there is none that was meant the cluster may be about to start.
   */
  async rethrow(name: string, error: unknown): Promise<never> {
    const isLast = error instanceof NameNotFoundError && error.cause === undefined
    if (!isLast && !(error instanceof NobodyElseError)) throw error
    const meant = closest(name, await this.#similar(name))
    if (meant === undefined) throw error
    throw new NameNotFoundError(`${error.message}; did you mean "${meant}"?`)
  }

  /** Those of the cluster that begin with the same character: all could be very many. */
  async #similar(name: string): Promise<readonly string[]> {
    const scope = nameInCluster(this.cluster, '')
    const [first = ''] = name
    const records = await this.names.list({ prefix: `${scope}${first}` }).catch(() => [])
    return records.map((record) => record.name.slice(scope.length)).filter((each) => each !== name)
  }
}
