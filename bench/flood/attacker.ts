/** One attack in a process of its own: `attacker.js prepare|run NAME MEMBER-PORT NAMESERVER-PORT MEMBER-ID`. */
import { ATTACKS } from './attacks.js'

const [, , part, name, member, nameserver, id = ''] = process.argv
const attack = ATTACKS.find((each) => each.name === name)
if (attack === undefined) throw new Error(`there is no attack ${String(name)}`)
const place = { member: Number(member), nameserver: Number(nameserver), id }
await (part === 'prepare' ? attack.prepare?.(place) : attack.run(place))
process.exit(0)
