import { connect } from 'rollcall'
import type { Greeter } from './greeter.js'

const nameserver = process.env['NAMESERVER'] ?? 'localhost:9090'

const rollcall = await connect({ nameserver })
const greeter = rollcall.object<Greeter>('greeter')
console.log(await greeter.greet('you'))
for await (const n of await greeter.count(3)) console.log(n)
await greeter.each(['Ann', 'Bob'], (line) => console.log(line))
rollcall.close()
