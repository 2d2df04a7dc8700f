/** All that acts in a run, and ends together. */
import { performance } from 'node:perf_hooks'
import type { Teardown } from '../../harness/cluster.js'
import { Fleet } from '../../harness/fleet.js'
import { Claims, type Scene } from './faults/scene.js'
import { WatchedLeader } from './watched-leader.js'
import { Outages } from './outages.js'
import { Replacement } from './replacement.js'

interface CompanyOptions extends Pick<Scene, 'stage' | 'tally' | 'say' | 'accuse'> {
  readonly count: number
  /** A folder for what the nodes log. */
  readonly logs: string
}

export class Company {
  private constructor(
    readonly scene: Scene,
    private readonly stage: Scene['stage'],
    private readonly fleet: Fleet,
    private readonly ends: readonly (() => unknown)[],
  ) {}

  /** Of the first `count` members of the stage. */
  static async gather(t: Teardown, { stage, count, logs, ...told }: CompanyOptions): Promise<Company> {
    const first = Array.from({ length: count }, (_, i) => `node${i + 1}`)
    const fleet = new Fleet(first, stage, logs)
    const outages = new Outages(
      () => fleet.configurations,
      () => performance.now(),
    )
    const watched = new WatchedLeader(await stage.connect(first, 5000))
    const replacement = new Replacement({ stage, fleet, outages, say: told.say })
    const scene: Scene = {
      ...told,
      stage,
      fleet,
      outages,
      claims: new Claims(),
      replace: (id) => replacement.replace(id),
      leader: () => watched.leader,
    }
    const ends = [() => watched.end(), () => replacement.end(), () => fleet.end(), () => stage.end()]
    const company = new Company(scene, stage, fleet, ends)
    t.teardown(() => company.end())
    return company
  }

  /** Of nodes that have ended by themselves since it was last told. */
  tellSurprises(): void {
    for (const sentence of this.fleet.surprises.splice(0)) this.scene.accuse(sentence)
  }

  async statuses(): Promise<string> {
    const client = await this.stage.connect(this.fleet.members, 5000)
    try {
      return JSON.stringify(await client.status())
    } finally {
      client.close()
    }
  }

  async end(): Promise<void> {
    for (const end of this.ends) await end()
  }
}
