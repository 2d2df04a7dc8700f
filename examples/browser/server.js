import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { serve } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const port = Number(process.env.PORT ?? 8080)
const client = `${process.env.ROLLCALL ?? 'node_modules/rollcall'}/dist/browser.js`

class Clock {
  static exposed = ['greet', 'tick']

  greet(name) {
    return `hello, ${name}`
  }

  async tick(times, onTick) {
    for (let n = 1; n <= times; n++) await onTick(n)
  }
}

await serve({ clock: new Clock() }, { nameserver, allowOrigins: [`http://localhost:${port}`] })

const files = {
  '/': [
    'text/html',
    readFileSync(new URL('page.html', import.meta.url), 'utf8').replace('NAMESERVER', nameserver),
  ],
  '/rollcall.js': ['text/javascript', readFileSync(client)],
}
createServer((request, response) => {
  const [type, content] = files[request.url] ?? ['text/plain', 'nothing here']
  response.setHeader('content-type', type)
  response.end(content)
}).listen(port, () => console.log('serving'))
