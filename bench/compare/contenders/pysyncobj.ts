/** Four members of Debian's PySyncObj with their journals. It has no clients: the leader's process runs the loop. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { resultOf, type LoadResult } from '../../load.js'
import { freePorts } from '../../../test/harness/free-ports.js'
import { until } from '../../../test/harness/until.js'
import { KEYS, VALUE, type Begun, type Contender, type Order, type Standing } from '../contender.js'
import { Subject } from '../subject.js'
import { versionOf } from './version-of.js'

/** Debian's own, whatever other one stands first in the path. */
const PYTHON = '/usr/bin/python3'
const PROGRAM = join(import.meta.dirname, '../../../../bench/compare/contenders/pysyncobj-member.py')
const VERSION = 'from pysyncobj.version import VERSION; print(VERSION)'
/** More calls than any loop makes: JSON has no infinity. */
const MANY = 1e9

interface Ran {
  readonly latencies: number[]
  readonly elapsed: number
}

class Member extends Subject {
  readonly #say: (line: string) => void
  readonly #lines: NodeJS.EventEmitter

  constructor(journal: string, places: readonly string[]) {
    const child = spawn(PYTHON, [PROGRAM, journal, ...places], { stdio: ['pipe', 'pipe', 'inherit'] })
    super(child)
    this.#say = (line) => void child.stdin.write(`${line}\n`)
    this.#lines = createInterface(child.stdout)
  }

  override get sends(): boolean {
    return true
  }

  async says<Answer>(): Promise<Answer> {
    return JSON.parse(await this.heard<string>(this.#lines, 'line')) as Answer
  }

  ask<Answer>(question: object | string): Promise<Answer> {
    this.#say(JSON.stringify(question))
    return this.says<Answer>()
  }
}

async function start(folder: string, begun: Begun): Promise<Standing> {
  const ports = await freePorts(4)
  const places = ports.map((port) => `127.0.0.1:${port}`)
  const members = places.map((place, at) => {
    const others = places.filter((other) => other !== place)
    return begun(new Member(join(folder, `journal${at}`), [place, ...others]))
  })
  await Promise.all(members.map((member) => member.says()))
  const leader = (): Promise<Member> => leaderOf(members)
  return {
    run: async (order: Order) => run(await leader(), order),
    roles: async () => {
      const leads = await leader()
      return { leader: leads, followers: members.filter((member) => member !== leads), client: null }
    },
  }
}

async function run(leader: Member, { inFlight, end }: Order): Promise<LoadResult> {
  const { milliseconds = MANY, calls = MANY } = end
  const { latencies, elapsed } = await leader.ask<Ran>({
    inFlight,
    milliseconds,
    calls,
    value: VALUE,
    keys: KEYS,
  })
  return resultOf(latencies, elapsed)
}

function leaderOf(members: readonly Member[]): Promise<Member> {
  return until('a member of PySyncObj that leads', async () => {
    for (const member of members) if (await member.ask<boolean>('leads?')) return member
    return undefined
  })
}

export const PYSYNCOBJ: Contender = {
  name: 'pysyncobj',
  operations: ['set'],
  promisesLess: 'its journal is written to memory that the system brings to the disk when it likes',
  packageOfDebian: 'python3-pysyncobj',
  version: () => versionOf(/(\S+)/, PYTHON, '-c', VERSION),
  start,
}
