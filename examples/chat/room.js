import { callContext, serve } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'

class Room {
  static exposed = ['enter', 'say']
  members = new Map()

  async enter(name, hear) {
    callContext().connection.onEnd(() => this.members.delete(name))
    this.members.set(name, hear)
    await this.tell(`${name} has come`)
  }

  async say(name, text) {
    await this.tell(`${name}: ${text}`)
  }

  async tell(line) {
    await Promise.allSettled([...this.members.values()].map((hear) => hear(line)))
  }
}

await serve({ room: new Room() }, { nameserver })
console.log('serving')
