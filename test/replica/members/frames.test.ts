/** Members that speak in frames, members of older builds that do not, and strangers who would like to. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import t from 'tap'
import type { Channel, Transport } from '../../../lib/ports.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { loggedTransport } from '../../../lib/rpc/channels/wire-log.js'
import { Counter } from '../../../lib/shipped/counter.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'
import { createTransport } from '../../../lib/system/transport.js'
import { leaderOf, silent, startMembers, stopMembers, type TestMember } from '../members.js'

const classes = new Map([['counter', Counter]])

/** As of a build that knows no frames. */
function textAlone(transport: Transport): Transport {
  const speechless = <C extends Channel>(channel: C): C =>
    Object.defineProperty(channel, 'sendFrame', { value: undefined })
  return {
    dial: (address, handlers) => speechless(transport.dial(address, handlers)),
    listen: (address, acceptor) =>
      transport.listen(address, { ...acceptor, accept: (channel) => acceptor.accept(speechless(channel)) }),
  }
}

interface Heard {
  readonly members: readonly TestMember[]
  /** Of each member: whether a frame came to it, as a part of the log of its wire. */
  readonly frames: readonly Set<string>[]
}

/** Three members, of which some speak in text alone. */
async function withMembers(
  isOlder: readonly boolean[],
  task: (heard: Heard) => Promise<void>,
): Promise<void> {
  const frames = isOlder.map(() => new Set<string>())
  const transportOf = (at: number): Transport => {
    const transport = isOlder[at] === true ? textAlone(createTransport()) : createTransport()
    return loggedTransport(transport, (line) => {
      const [way] = /^(from|to)(?= [^ ]+ a frame of [0-9]+ bytes$)/.exec(line) ?? []
      if (way !== undefined) frames[at]?.add(way)
    })
  }
  const wayTo = (port: number): Promise<number> => Promise.resolve(port)
  const members = await startMembers(isOlder.length, classes, silent, wayTo, transportOf)
  try {
    await task({ members, frames })
  } finally {
    await stopMembers(members)
  }
}

async function increment(members: readonly TestMember[], times: number): Promise<void> {
  const { port } = await leaderOf(members)
  const connection = new Connection({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: silent,
  })
  try {
    await Promise.all(Array.from({ length: times }, () => connection.call('counter.increment', [])))
  } finally {
    connection.close()
  }
}

/** Each has applied as many. */
function haveAll(members: readonly TestMember[], value: number): Promise<void> {
  const instance = ({ replica }: TestMember): unknown => replica.machine.instanceOf('counter')
  const isThere = (member: TestMember): boolean => {
    const counter = instance(member)
    return counter instanceof Counter && counter.value() === value
  }
  return new Promise((resolve) => {
    const look = (): void => {
      if (members.every(isThere)) resolve()
      else setImmediate(look)
    }
    look()
  })
}

t.test('members that know frames replicate by them', (t) =>
  withMembers([false, false, false], async ({ members, frames }) => {
    await increment(members, 300)
    await haveAll(members, 300)
    t.ok(
      frames.every((ways) => ways.has('to') && ways.has('from')),
      'each has sent some and got some',
    )
  }),
)

for (const isOlder of [
  [true, false, false],
  [false, true, true],
  [true, true, true],
]) {
  const older = isOlder.filter(Boolean).length
  t.test(
    `of three members ${older} of an older build: all replicate, and the older ones hear no frame`,
    (t) =>
      withMembers(isOlder, async ({ members, frames }) => {
        await increment(members, 300)
        await haveAll(members, 300)
        const leader = await leaderOf(members)
        await leader.replica.handOver()
        await increment(members, 300)
        await haveAll(members, 600)
        for (const [at, ways] of frames.entries())
          if (isOlder[at] === true) t.equal(ways.size, 0, `member ${at}`)
        if (older > 1) t.ok(frames.every(({ size }) => size === 0))
      }),
  )
}

t.test('a frame of a stranger is a line that is no JSON', (t) =>
  withMembers([false], async ({ members: [member] }) => {
    const socket = connect(member?.port ?? 0, '127.0.0.1')
    const answers = createInterface(socket)[Symbol.asyncIterator]()
    const ping = (id: number): string => `{"jsonrpc":"2.0","id":${id},"method":"daemon.ping"}\n`
    socket.write(ping(1))
    socket.write(Buffer.from([0xff, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x0a]))
    socket.write(ping(2))
    const said: unknown[] = []
    while (said.length < 3) said.push(JSON.parse(String((await answers.next()).value)))
    socket.destroy()
    t.match(said, [{ id: 1 }, { id: null, error: { code: -32700 } }, { id: 2 }])
  }),
)
