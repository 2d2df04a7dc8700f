import { connect, startDaemon } from 'rollcall'

class Journal {
  static oneway = ['write']

  async write(line) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    console.log(`written: ${line}`)
    end()
  }
}

let end
const hasEnded = new Promise((resolve) => (end = resolve))
const daemon = await startDaemon()
const rollcall = await connect()

await rollcall.object(daemon.register(new Journal())).write('hello')
console.log('the call is over')
await hasEnded

rollcall.close()
await daemon.close()
