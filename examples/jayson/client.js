import jayson from 'jayson'
import { connect } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'

const rollcall = await connect({ nameserver })
const [uri] = await rollcall.resolve('greeter')
rollcall.close()

const [id, host, port] = uri.split(/[@:]/)
const webSocket = jayson.Client.websocket({ url: `ws://${host}:${port}/` })
await new Promise((resolve) => webSocket.ws.on('open', resolve))
const clients = {
  tcp: jayson.Client.tcp({ host, port }),
  http: jayson.Client.http({ host, port }),
  websocket: webSocket,
}
for (const [name, client] of Object.entries(clients)) {
  const answer = await new Promise((resolve, reject) =>
    client.request(`${id}.greet`, ['jayson'], (error, response) =>
      error ? reject(error) : resolve(response),
    ),
  )
  console.log(`${name}: ${answer.result}`)
}
webSocket.ws.close()
