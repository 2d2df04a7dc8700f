/** The network in a page: serves the page of one cluster, which talks to the cluster's members over WebSockets. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'
const port = Number(process.argv[2] ?? 8080)
/** `npm pack` makes the file for pages. */
const rollcall = `${process.env.ROLLCALL ?? 'node_modules/rollcall'}/dist/browser.js`

const own = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')
const files = new Map([
  ['/', ['text/html; charset=utf-8', own('page.html')]],
  ['/page-client.js', ['text/javascript', own('page-client.js').replace('NAMESERVER', nameserver)]],
  ['/user.js', ['text/javascript', own('user.js')]],
  ['/rules.js', ['text/javascript', own('rules.js')]],
  ['/rollcall.js', ['text/javascript', readFileSync(rollcall)]],
])

createServer((request, response) => {
  const [type, content] = files.get(request.url) ?? ['text/plain', 'nothing here']
  response.setHeader('content-type', type)
  response.setHeader(
    'content-security-policy',
    "default-src 'self'; connect-src 'self' ws:; style-src 'unsafe-inline'",
  )
  response.end(content)
}).listen(port, () => console.log(`http://localhost:${port}/`))
