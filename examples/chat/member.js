import { createInterface } from 'node:readline'
import { connect } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const name = process.argv[2] ?? 'somebody'

const rollcall = await connect({ nameserver })
const room = rollcall.object('room')
await room.enter(name, (line) => console.log(line))
for await (const line of createInterface({ input: process.stdin })) await room.say(name, line)
rollcall.close()
