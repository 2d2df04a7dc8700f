import { connect } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'

const rollcall = await connect({ nameserver })
console.log(await rollcall.object('greeter').greet('you'))
rollcall.close()
