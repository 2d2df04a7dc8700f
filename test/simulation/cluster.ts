/** The members of one run, and the network between them. */
import assert from 'node:assert/strict'
import { serverId } from '../../lib/raft/types.js'
import type { Configuration, ServerId } from '../../lib/raft/types.js'
import { firstConfiguration } from '../../lib/hosting/member-identity.js'
import { Member } from './member.js'
import { Network } from './network.js'
import type { Plan } from './plan.js'
import type { Life, World } from './world.js'

export class Cluster {
  readonly network: Network
  /** One that the others begin without, until it first starts. */
  late: Member | undefined
  members: readonly Member[] = []
  #places = 9101
  #ids = 1

  constructor(
    private readonly world: World,
    private readonly plan: Plan,
    private readonly onCrash: (life: Life) => void,
  ) {
    const { dice } = world
    this.network = new Network(world, () => this.members, {
      meanDelayMs: 1 + dice.below(20),
      lossPerMille: dice.below(10) === 0 ? 300 : dice.below(100),
      duplicatePerMille: dice.below(500),
    })
    const uris = Array.from({ length: plan.members }, () => this.#newUri())
    for (const uri of uris) {
      const id = idIn(uri)
      this.#make(id, uri, firstConfiguration(id, uris, false))
    }
    if (plan.hasLateMember) this.#delay(this.members.at(-1))
  }

  /** Perhaps beyond the end of the faults, which starts whoever is down. */
  #delay(member: Member | undefined): void {
    this.late = member
    this.world.after(this.world.dice.below(2 * this.plan.chaosMs), () => (this.late = undefined))
  }

  get(id: ServerId): Member | undefined {
    return this.members.find((member) => member.id === id)
  }

  /** The leader of the highest term, when there is one. */
  get leader(): Member | undefined {
    const leaders = this.members.filter((member) => member.running?.replica.raft.view.role === 'leader')
    const termOf = (member: Member) => member.running?.replica.raft.view.currentTerm ?? 0
    return leaders.sort((a, b) => termOf(b) - termOf(a))[0]
  }

  /** Who leads and can serve. */
  get serving(): Member | undefined {
    return this.members.find((member) => member.running?.replica.isServing)
  }

  /** Mostly the leader: most of what is interesting happens there. */
  anyone(): Member {
    const { dice } = this.world
    const { leader } = this
    const chosen = leader !== undefined && dice.chance(800) ? leader : dice.pick(this.members)
    assert.ok(chosen)
    return chosen
  }

  /** The configuration that the leader has in force. */
  get configuration(): Configuration | undefined {
    return this.leader?.running?.replica.raft.view.configuration
  }

  /** A new one, with an empty folder, that waits to be added. */
  join(): Member {
    const uri = this.#newUri()
    const id = idIn(uri)
    const joiner = this.#make(id, uri, this.#joining(id, uri))
    this.start(joiner)
    return joiner
  }

  /** One that was removed, under its id, with an empty folder. */
  rejoin(member: Member): void {
    member.crash()
    member.beginAnew(this.#joining(member.id, member.uri))
    this.start(member)
  }

  #joining(id: ServerId, uri: string): Configuration {
    const known = Object.values(this.configuration?.uris ?? {})
    return firstConfiguration(id, [...known, uri], true)
  }

  /** Another address for the member, from its next start on. */
  newUriFor(member: Member): void {
    member.uri = `${member.id}@localhost:${this.#places++}`
  }

  start(member: Member): void {
    const rare = this.world.isChaotic ? 1 : 0
    const meanDelayMs = (1 + this.world.dice.below(8)) / 2
    member.start({ meanDelayMs, failPerMille: rare, crashPerMille: 3 * rare })
  }

  /** Starts who is down and may still belong to the cluster; now and then one that does not, which must not matter. */
  startDown(except?: Member): void {
    for (const member of this.members) {
      if (!member.isDown || member === this.late || member === except) continue
      if (member.fate === 'member' || this.world.dice.chance(100)) this.start(member)
    }
  }

  #newUri(): string {
    return `n${this.#ids++}@localhost:${this.#places++}`
  }

  #make(id: ServerId, uri: string, bootstrap: Configuration): Member {
    const { world, plan, onCrash } = this
    const links = this.network.links.bind(this.network)
    const member = new Member({ id, uri, bootstrap, world, plan, links, onCrash })
    this.members = [...this.members, member]
    return member
  }
}

function idIn(uri: string): ServerId {
  return serverId(uri.slice(0, uri.indexOf('@')))
}
