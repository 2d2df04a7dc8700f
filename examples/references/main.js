import { connect, startDaemon } from 'rollcall'

class Page {
  static exposed = ['read']

  constructor(number) {
    this.number = number
  }

  read() {
    return `page ${this.number}`
  }
}

class Book {
  static exposed = ['open', 'isOurs']

  open(number) {
    return new Page(number)
  }

  isOurs(page) {
    return page instanceof Page
  }
}

const daemon = await startDaemon()
const rollcall = await connect()
const book = rollcall.object(daemon.register(new Book()))

const page = await book.open(7)
console.log(await page.read())
console.log(await book.isOurs(page))
page[Symbol.dispose]()

rollcall.close()
await daemon.close()
