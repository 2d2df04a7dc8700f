/**
 * What Node itself takes: a server that looks at what it reads no further than for lines, and answers each in a few
 * words.
 */
import { createServer } from 'node:net'

const ANSWER = '{"jsonrpc":"2.0","id":1,"result":null}\n'
const NEWLINE = 10

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    let lines = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1
    if (lines > 0) socket.write(ANSWER.repeat(lines))
  })
})
server.listen(Number(process.argv[3]), () => process.stdout.write('listens\n'))
