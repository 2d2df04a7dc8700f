/** The whole story: a cluster of three that is grown, shrunk and replaced under load while its nodes are killed. */
import { Cluster, type Teardown } from '../../harness/cluster.js'
import { Fleet } from '../../harness/fleet.js'
import { Dice } from '../../raft/dice.js'
import { inspect, type Inspection } from './inspection.js'
import { judge } from './judge.js'
import { Killer } from './killer.js'
import { Ledger } from './ledger.js'
import { Operator } from './operator.js'
import { Writers } from './writers.js'

export interface ChurnOptions {
  /** It goes on at least that long, and until those of the first members are replaced, whichever is later. */
  readonly seconds: number
  /** `one`: of three, and nothing else changes; it is for a short run. */
  readonly replaced: 'one' | 'all'
  /** It goes on until every member has a snapshot, too. */
  readonly untilSnapshots: boolean
  /** What is done when, and to whom. How it falls together with the processes is different in each run. */
  readonly seed: number
  /** A folder for what the nodes have logged. Default: it is not kept. */
  readonly logs?: string | undefined
  readonly say: (sentence: string) => void
}

export interface Verdict {
  /** What is wrong; nothing, if all is well. */
  readonly wrong: readonly string[]
  readonly summary: string
}

const CLIENTS = 64
const FIRST_MEMBERS = 3
/** Longer than the default: on a busy machine, dozens of processes share few cores. */
const FLAGS = ['--election-timeout', '500-1000', '--heartbeat', '100']
const PROGRESS_MS = 5000
/** Many elections, even on a busy machine. */
const STALL_MS = 120_000

export async function churn(
  t: Teardown,
  { seconds, replaced, untilSnapshots, seed, logs, say }: ChurnOptions,
): Promise<Verdict> {
  const cluster = await Cluster.start(t, FIRST_MEMBERS, FLAGS)
  const first = cluster.ids
  const leaving = replaced === 'all' ? first : first.slice(0, 1)
  const fleet = new Fleet(first, cluster, logs)
  t.teardown(() => fleet.end())
  const client = await cluster.connect()
  await cluster.leader(client)

  const ledger = new Ledger()
  const started = Date.now()
  const tell = (sentence: string): void => say(`${((Date.now() - started) / 1000).toFixed(1)} s: ${sentence}`)
  const writers = new Writers(cluster, ledger, CLIENTS)
  const killer = new Killer({
    cluster,
    fleet,
    dice: new Dice(seed + 1),
    client,
    acknowledged: () => ledger.acknowledged,
    say: tell,
  })
  const operator = new Operator({ cluster, fleet, dice: new Dice(seed + 2), flags: FLAGS, say: tell })
  // Last first: nothing may be started when the nodes are ended.
  for (const part of [writers, killer, operator]) t.teardown(() => part.stop())
  const progress = new Progress(ledger, () => tell(progressOf(ledger, fleet)))
  t.teardown(() => progress.end())
  const isEnough = async (): Promise<boolean> =>
    Date.now() - started >= seconds * 1000 && (!untilSnapshots || (await haveSnapshots(cluster, client)))
  const change = (): Promise<void> =>
    replaced === 'all' ? operator.renew() : operator.replace(fleet.members[0] ?? '')
  do await Promise.race([change(), progress.stalled])
  while (!(await isEnough()))
  await killer.stop()
  await writers.stop()
  progress.end()

  tell(`stopped: ${progressOf(ledger, fleet)}`)
  const inspection = await inspect(await cluster.connect(60_000))
  const wrong = [
    ...fleet.surprises,
    ...judgeMembers(inspection, fleet, leaving),
    ...judge(ledger, inspection.copies),
  ]
  return { wrong, summary: summaryOf(ledger, killer, operator, inspection) }
}

/** Tells how it goes from time to time, and rejects when it does not go any more. */
class Progress {
  readonly stalled: Promise<never>
  readonly #timer: NodeJS.Timeout

  constructor(ledger: Ledger, tell: () => void) {
    let [acknowledged, since] = [0, Date.now()]
    let stall: (error: Error) => void = () => undefined
    this.stalled = new Promise<never>((_, reject) => (stall = reject))
    this.stalled.catch(() => undefined)
    this.#timer = setInterval(() => {
      tell()
      if (ledger.acknowledged > acknowledged) [acknowledged, since] = [ledger.acknowledged, Date.now()]
      else if (Date.now() - since > STALL_MS)
        stall(new Error(`no command was acknowledged for ${STALL_MS} ms, though a majority was up`))
    }, PROGRESS_MS)
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

async function haveSnapshots(cluster: Cluster, client: Parameters<Cluster['statuses']>[0]): Promise<boolean> {
  const statuses = await cluster.statuses(client)
  return statuses.length > 0 && statuses.every(({ snapshotIndex }) => snapshotIndex > 0)
}

function judgeMembers({ members }: Inspection, fleet: Fleet, leaving: readonly string[]): readonly string[] {
  const ids = members.map(({ id }) => id)
  const stayed = ids.filter((id) => leaving.includes(id))
  const isAsWanted = [...ids].sort().join() === [...fleet.members].sort().join()
  return [
    ...stayed.map((id) => `${id} is still a member`),
    ...(isAsWanted ? [] : [`the members are ${ids.join(', ')}, not ${fleet.members.join(', ')}`]),
  ]
}

function progressOf(ledger: Ledger, fleet: Fleet): string {
  const { acknowledged, refused, refusedIncrements, unknown, unknownIncrements } = ledger
  return (
    `members ${fleet.members.join(', ')} (running: ${fleet.running.join(', ')}); ` +
    `commands: ${acknowledged} acknowledged, ${refused.size + refusedIncrements} not executed, ` +
    `${unknown.size + unknownIncrements} unknown`
  )
}

function summaryOf(ledger: Ledger, killer: Killer, operator: Operator, { members }: Inspection): string {
  const states = members.map(
    ({ id, role, term, snapshotIndex }) => `${id} ${role} term ${term} snapshot ${snapshotIndex}`,
  )
  return [
    `${ledger.acknowledged} commands acknowledged, ${ledger.refused.size + ledger.refusedIncrements} not executed, ${ledger.unknown.size + ledger.unknownIncrements} unknown`,
    `${killer.killed} kills, ${killer.stopped} stops, ${killer.nameServerKilled} kills of the name server`,
    `${operator.added} nodes added, ${operator.removed} removed (${operator.left} ended by themselves), ${operator.handedOver} hand-overs, ${operator.repeated} commands repeated`,
    states.join('; '),
  ].join('\n')
}
