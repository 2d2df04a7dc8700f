import { connect, exposed, startDaemon } from 'rollcall'

const numbers = exposed(
  {
    *from(first) {
      try {
        for (let n = first; ; n++) yield n
      } finally {
        console.log('the generator has ended')
      }
    },
    async sum(stream) {
      let sum = 0
      for await (const n of stream) sum += n
      return sum
    },
  },
  ['from', 'sum'],
)
const daemon = await startDaemon()
const rollcall = await connect()
const proxy = rollcall.object(daemon.register(numbers))

for await (const n of await proxy.from(1)) {
  console.log(n)
  if (n === 3) break
}

async function* some() {
  yield* [1, 2, 3]
}
console.log(await proxy.sum(some()))

rollcall.close()
await daemon.close()
