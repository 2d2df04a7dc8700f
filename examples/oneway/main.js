import { callContext, connect, startDaemon } from 'rollcall'

class Journal {
  static oneway = ['write']
  static exposed = ['print']

  async write(line) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    console.log(`written: ${line}`)
    end()
  }

  async print(pages) {
    for (let page = 1; page <= pages; page++) callContext().progress(`${page} of ${pages}`)
    return `all ${pages} are printed`
  }
}

let end
const hasEnded = new Promise((resolve) => (end = resolve))
const daemon = await startDaemon()
const rollcall = await connect()
const journal = rollcall.object(daemon.register(new Journal()))

await journal.write('hello')
console.log('the call is over')
await hasEnded

console.log(await journal.print(3, { onProgress: (page) => console.log(page) }))

rollcall.close()
await daemon.close()
