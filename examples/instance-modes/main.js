import { connect, startDaemon } from 'rollcall'

const counterOf = (mode) =>
  class Counter {
    static exposed = ['next']
    static behavior = { mode }
    count = 0

    next() {
      return (this.count += 1)
    }
  }

const daemon = await startDaemon()
const [one, other] = [await connect(), await connect()]

for (const mode of ['single', 'session', 'call']) {
  const uri = daemon.register(counterOf(mode))
  const counter = one.object(uri)
  const both = [await counter.next(), await counter.next()].join(' ')
  console.log(`${mode}: ${both}, another caller ${await other.object(uri).next()}`)
}

one.close()
other.close()
await daemon.close()
