import { connect } from 'rollcall'

const nameserver = process.env['NAMESERVER'] ?? 'localhost:9090'

interface Visits {
  visit(page: string): number
  of(page: string): number
}

const rollcall = await connect({ nameserver })
const visits = rollcall.object<Visits>('visits')
for (;;) {
  console.log(await visits.visit('/home'), 'at', await rollcall.leader())
  await new Promise((resolve) => setTimeout(resolve, 300))
}
