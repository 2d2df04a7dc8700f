/** `client.js NAME PLACE`: the client of one of those that are compared. It runs each loop that it is sent. */
import { closedLoop } from '../load.js'
import { CLIENTS } from './clients/index.js'
import type { Order } from './contender.js'
import { VITALS } from './subject.js'

const [name = '', place = ''] = process.argv.slice(2)
const client = await (await CLIENTS.get(name)?.())?.(place)
if (client === undefined) throw new Error(`there is no client ${name}`)

process.on('message', (message: Order | typeof VITALS) => {
  if (message === VITALS) return
  const { inFlight, end, operation } = message
  void closedLoop(inFlight, end, client[operation]).then((result) => process.send?.(result))
})
process.send?.('connected')
