import { connect, exposed, startDaemon } from 'rollcall'

const counter = exposed(
  {
    total: 0,
    add(by) {
      return (this.total += by)
    },
  },
  ['add'],
)
const clock = exposed(
  {
    year: () => 2026,
    fail() {
      throw new Error('stopped')
    },
  },
  ['year', 'fail'],
)
const daemon = await startDaemon()
const [one, other] = [daemon.register(counter), daemon.register(clock)]
const rollcall = await connect()

const [sum, year] = await rollcall.batch((calls) => [calls.object(one).add(2), calls.object(other).year()])
console.log(sum, year)

const settled = await rollcall.batch((calls) =>
  Promise.allSettled([calls.object(other).fail(), calls.object(one).add(1)]),
)
console.log(settled.map(({ status }) => status).join(' '))

rollcall.close()
await daemon.close()
