import { createServer } from 'node:http'
import { serve } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const port = Number(process.env.PORT ?? 8080)

class Stock {
  static exposed = ['left']
  items = new Map([['tea', 3]])

  left(item) {
    return this.items.get(item) ?? 0
  }
}

const stock = new Stock()
await serve({ stock }, { nameserver })

createServer((request, response) => {
  const item = decodeURIComponent(request.url.replace('/stock/', ''))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ item, left: stock.left(item) }))
}).listen(port, () => console.log('serving'))
