/** What goes wrong from outside: crashes, pauses, cut lines, clocks that are set. */
import type { Cluster } from './cluster.js'
import type { Member } from './member.js'
import type { World } from './world.js'

export class Faults {
  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
  ) {}

  strike(): void {
    const { dice } = this.world
    const member = this.cluster.anyone()
    const life = member.running?.life
    switch (dice.below(10)) {
      case 0:
        return member.crash()
      case 1:
      case 2:
      case 7:
        return this.cluster.network.cuts.clear()
      case 3:
        return this.#cut(member, true)
      case 4:
        return this.#cut(member, dice.chance(500))
      case 5:
        if (life !== undefined) life.pausedUntil = this.world.now + dice.below(400)
        return
      case 6:
        if (life !== undefined) life.wallOffset += (dice.below(2) * 2 - 1) * dice.below(3_600_000)
        return
      default:
        return this.cluster.startDown()
    }
  }

  /** Off from some of the others, both ways or one way. */
  #cut(member: Member, both: boolean): void {
    const { cuts } = this.cluster.network
    for (const other of this.cluster.members) {
      if (other === member || this.world.dice.chance(300)) continue
      this.world.note(`cut ${member.id} ${both ? '<>' : '>'} ${other.id}`)
      cuts.add(`${member.id}>${other.id}`)
      if (both) cuts.add(`${other.id}>${member.id}`)
    }
  }

  /** All start anew, on a network without faults; one may stay away. */
  end(absent: Member | undefined): void {
    const { network, members } = this.cluster
    this.world.note('the faults end')
    this.world.isChaotic = false
    this.cluster.late = undefined
    network.cuts.clear()
    network.faults = { meanDelayMs: 2, lossPerMille: 0, duplicatePerMille: 0 }
    for (const member of members) member.crash()
    if (absent !== undefined) this.world.note(`${absent.id} stays away`)
    this.cluster.startDown(absent)
  }
}
