/**
 * One process of the floor: `process.js MODE follower FILE`, `process.js MODE leader FILE PORT…`, with the followers'
 * ports, and `process.js MODE client PORT`. The first two tell their port, the client that it is connected.
 */
import type { Order } from '../contender.js'
import { VITALS } from '../subject.js'
import { connectFloor } from './client.js'
import { serveFollower } from './follower.js'
import { serveLeader } from './leader.js'
import { MODES } from './modes.js'

const [modeName, role, place = '', ...ports] = process.argv.slice(2)
const mode = MODES[modeName === 'json' ? 'json' : 'bytes']()

switch (role) {
  case 'follower':
    process.send?.(await serveFollower(mode, place))
    break
  case 'leader':
    process.send?.(await serveLeader(mode, place, ports.map(Number)))
    break
  default: {
    const run = await connectFloor(mode, Number(place))
    process.on('message', (message: Order | typeof VITALS) => {
      if (message !== VITALS) void run(message).then((result) => process.send?.(result))
    })
    process.send?.('connected')
  }
}
