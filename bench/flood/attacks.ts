/** The cheap messages: what each of them sends, to whom, and what must be there before. */
import { setTimeout as pause } from 'node:timers/promises'
import { batchText, callText, Line, postText } from './wire.js'

export interface Place {
  /** Of the leader and of the name server. */
  readonly member: number
  readonly nameserver: number
  /** The leader's own object. */
  readonly id: string
}

export interface Attack {
  readonly name: string
  /** Who is measured. */
  readonly victim: 'member' | 'nameserver'
  /** What must be there before; not measured. */
  readonly prepare?: (place: Place) => Promise<void>
  readonly run: (place: Place) => Promise<void>
}

const MIB = 1024 * 1024
const BIG = 'flood-big'
/** How long answers are waited for, and how long what is held is held. */
const PATIENCE_MS = 15_000
const HOLD_MS = 3_000

/** Almost the largest value that a command can have. */
async function bigValue({ member }: Place): Promise<void> {
  await prepared(member, [callText('kv.set', [BIG, 'v'.repeat(MIB - 1024)])])
}

/** As {@link oneByOne}. Throws when something is refused, or not answered: the attack would measure something else. */
async function prepared(port: number, lines: readonly string[]): Promise<void> {
  const chunks: Buffer[] = []
  await oneByOne(port, lines, (chunk) => chunks.push(chunk))
  const answers = Buffer.concat(chunks).toString()
  const count = answers.split('\n').length - 1
  const [error] = /"error":.{0,300}/.exec(answers) ?? []
  if (error !== undefined || count < lines.length)
    throw new Error(`${count} of ${lines.length} were answered; ${error ?? 'none was refused'}`)
}

/** Each line once the one before is answered. */
async function oneByOne(
  port: number,
  lines: readonly string[],
  hear?: (chunk: Buffer) => void,
): Promise<void> {
  const line = await Line.to(port)
  if (hear !== undefined) line.socket.on('data', hear)
  for (const [at, text] of lines.entries()) {
    line.write(`${text}\n`)
    await line.until(at + 1, PATIENCE_MS)
  }
  line.end()
}

/** All at once on one connection. */
async function atOnce(port: number, count: number, text: string): Promise<void> {
  const line = await Line.to(port)
  const some = `${text}\n`.repeat(Math.min(count, 1000))
  for (let sent = 0; sent < count; sent += 1000) line.write(some)
  await line.until(count, PATIENCE_MS)
  line.end()
}

async function connections(count: number, port: number): Promise<readonly Line[]> {
  const lines: Line[] = []
  while (lines.length < count) {
    lines.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(100, count - lines.length) }, () => Line.to(port)),
      )),
    )
  }
  return lines
}

/** So many connections, on each of which `text` is written and nothing is read; held for a while. */
async function held(count: number, port: number, text: string): Promise<void> {
  const lines = await connections(count, port)
  for (const line of lines) {
    line.socket.pause()
    if (text !== '') line.write(text)
  }
  await pause(HOLD_MS)
  for (const line of lines) line.end()
}

/** One name in ten thousand takes an expression like this as long as it may. */
const DEAR = '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x'

const hello = (id: string, filling: number): object => ({
  version: 1,
  cluster: 'rollcall',
  clusterId: null,
  id,
  incarnation: 'i'.repeat(filling),
})

export const ATTACKS: readonly Attack[] = [
  {
    name: 'a batch of 540 gets of 1 MB',
    victim: 'member',
    prepare: bigValue,
    run: ({ member }) => oneByOne(member, [batchText(540, 'kv.get', [BIG])]),
  },
  {
    name: 'a set of 16 MB, 10 times',
    victim: 'member',
    run: ({ member }) =>
      oneByOne(member, Array<string>(10).fill(callText('kv.set', ['large', 'v'.repeat(16 * MIB - 1000)]))),
  },
  {
    name: 'a hello of 15 MB, 10 times',
    victim: 'member',
    run: ({ member, id }) =>
      oneByOne(member, Array<string>(10).fill(callText(`${id}.hello`, [hello('node1', 15 * MIB)]))),
  },
  {
    name: 'garbage lines of 1 MB, 20 times',
    victim: 'member',
    run: ({ member }) => oneByOne(member, Array<string>(20).fill('[{"x":'.repeat(MIB / 6))),
  },
  {
    name: 'a batch of 100 searches of 5,000 names',
    victim: 'nameserver',
    prepare: ({ nameserver }) =>
      prepared(
        nameserver,
        Array.from(
          { length: 50 },
          (_, batch) =>
            `[${Array.from({ length: 100 }, (_, n) =>
              callText('nameserver.register', [
                `${'flood.'.repeat(30)}${batch}.${n}`,
                `x@localhost:${n + 1}`,
              ]),
            ).join(',')}]`,
        ),
      ),
    run: ({ nameserver }) => oneByOne(nameserver, [batchText(100, 'nameserver.list', [{ regex: DEAR }])]),
  },
  {
    name: 'a search that compiles for long, 20 times',
    victim: 'nameserver',
    run: ({ nameserver }) =>
      oneByOne(
        nameserver,
        Array<string>(20).fill(callText('nameserver.list', [{ regex: `(?:${'a'.repeat(190)}){999}` }])),
      ),
  },
  {
    name: 'entries(1, 1000) of 15 MB, 40 times',
    victim: 'member',
    prepare: ({ member }) =>
      prepared(
        member,
        Array.from({ length: 300 }, (_, n) => callText('kv.set', [`e${n % 10}`, 'v'.repeat(50_000)])),
      ),
    run: async ({ member, id }) => {
      const line = await Line.to(member)
      line.call(`${id}.status`, [])
      await line.until(1, PATIENCE_MS)
      for (let n = 0; n < 40; n++) line.call(`${id}.entries`, [1, 1000], n)
      await line.until(41, PATIENCE_MS)
      line.end()
    },
  },
  {
    name: '35 messages of 1 MB in no member’s name',
    victim: 'member',
    run: ({ member, id }) =>
      oneByOne(
        member,
        Array.from({ length: 35 }, (_, n) =>
          callText(`${id}.requestVote`, [
            { version: 1, term: 1e6, candidateId: 'node9', filling: 'v'.repeat(MIB), n },
          ]),
        ),
      ),
  },
  {
    name: '20,000 calls on one connection',
    victim: 'member',
    run: ({ member }) => atOnce(member, 20_000, callText('kv.get', ['nothing'])),
  },
  {
    name: '2,000 connections with 10 calls each',
    victim: 'member',
    run: async ({ member }) => {
      const lines = await connections(2_000, member)
      for (const line of lines) line.write(`${callText('kv.get', ['nothing'])}\n`.repeat(10))
      await Promise.all(lines.map((line) => line.until(10, PATIENCE_MS)))
      for (const line of lines) line.end()
    },
  },
  {
    name: '60 HTTP answers of 90 MB, not read',
    victim: 'member',
    prepare: bigValue,
    run: ({ member }) => held(60, member, postText(batchText(90, 'kv.get', [BIG]))),
  },
  {
    name: '6,000 messages of 63 kB, not finished',
    victim: 'member',
    run: ({ member }) => held(6_000, member, '[' + ' '.repeat(63_000)),
  },
  {
    name: '66,000 watches on one connection',
    victim: 'member',
    run: async ({ member }) => {
      await atOnce(member, 66_000, callText('watch.next', ['kv', null, { waitMs: 3_000 }]))
    },
  },
  {
    name: '100,000 sessions',
    victim: 'member',
    run: async ({ member }) => {
      await Promise.all(Array.from({ length: 4 }, () => atOnce(member, 25_000, callText('session.open', []))))
    },
  },
  {
    name: '1,024 idle connections',
    victim: 'member',
    run: ({ member }) => held(1_024, member, ''),
  },
]
