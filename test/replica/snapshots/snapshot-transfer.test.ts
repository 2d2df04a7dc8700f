/**
 * A snapshot on its way from a leader to a follower: what the core keeps of the follower, the sender and the receiver
 * together, on a network that loses and reorders pieces and answers, with a receiver that starts anew.
 */
import t from 'tap'
import { Progress } from '../../../lib/raft/progress.js'
import { exchange, logIndex, serverId, term, ticks } from '../../../lib/raft/types.js'
import type { Input, InstallSnapshot, RaftView, SnapshotPosition } from '../../../lib/raft/types.js'
import { writeHead } from '../../../lib/replica/machine/snapshot-head.js'
import { SnapshotReceiver } from '../../../lib/replica/snapshots/snapshot-receiver.js'
import { SnapshotSender } from '../../../lib/replica/snapshots/snapshot-sender.js'
import { headText } from '../../../lib/replica/machine/snapshot-text.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { Dice } from '../../raft/dice.js'
import { silent } from '../members.js'
import { MemoryStore } from '../memory-store.js'

const follower = serverId('n2')
const PIECES = 40
const SEEDS = 60
const PATIENCE = ticks(50)

/** One transfer; what goes wrong, and how often, the dice say. */
class Scene {
  sent = 0
  troubles = 0
  isInstalled = false
  readonly #dice: Dice
  /** In a thousand steps, of each kind. */
  readonly #trouble: number
  #restartsLeft = 3
  /** From then on nothing goes wrong: what stands still then stands still for good. */
  readonly #calm: number
  readonly #progress = new Progress(logIndex(1), ticks(0))
  readonly #to = new MemoryStore()
  readonly #sender: SnapshotSender
  #receiver: SnapshotReceiver
  /** Under way. */
  #now = ticks(0)
  #requests: InstallSnapshot[] = []
  #answers: Input[] = []

  private constructor(seed: number, from: MemoryStore) {
    this.#dice = new Dice(seed)
    this.#trouble = this.#dice.pick([0, 5, 50, 200])
    this.#calm = this.#dice.below(150)
    const view = { id: serverId('n1'), role: 'leader', currentTerm: term(1), snapshotIndex: logIndex(5) }
    this.#sender = new SnapshotSender({
      store: from,
      // What it looks at, and no more.
      view: () => ({ ...view, progress: new Map([[follower, this.#progress]]) }) as unknown as RaftView,
      clock: new ManualClock(),
      send: ({ message }) => this.#send(message as InstallSnapshot),
      unreachable: () => this.#progress.unreachable(),
      logger: silent,
    })
    this.#receiver = this.#freshReceiver()
    this.#progress.startSnapshot(this.#now)
    this.#sender.send({ type: 'sendSnapshot', to: follower, term: term(1), isAgain: false })
  }

  static async start(seed: number): Promise<Scene> {
    const from = new MemoryStore()
    const writer = from.beginSnapshot(position)
    const [head = ''] = headText(
      writeHead({ index: 7, term: 1, time: 0, digest: [1, 2], skipped: [], written: [], objects: [] }),
    )
    await writer.write(head)
    for (let piece = 1; piece < PIECES - 1; piece++) await writer.write(`["object","kv",[${piece}]]`)
    await writer.write('["end"]')
    await writer.finish()
    return new Scene(seed, from)
  }

  /** One after another: something arrives, something is lost, or the follower answers a heartbeat. */
  async step(): Promise<void> {
    this.#now = ticks(this.#now + 1)
    if (this.#happens()) this.#requests.reverse()
    if (this.#happens()) this.#answers.reverse()
    if (this.#happens()) this.#loseConnection()
    if (this.#restartsLeft > 0 && this.#happens()) this.#restart()
    const request = this.#requests.shift()
    if (request !== undefined)
      this.#receiver.store({ type: 'storeChunk', exchange: exchange(1), message: request })
    await new Promise((resolve) => setImmediate(resolve))
    const answer = this.#dice.below(3) === 0 ? undefined : this.#answers.shift()
    if (answer !== undefined) this.#hear(answer)
    if (this.#dice.below(8) === 0 && this.#progress.resumeSnapshot(this.#now, PATIENCE)) this.#wish(true)
  }

  async texts(): Promise<readonly string[]> {
    const { snapshot } = this.#to
    if (snapshot === undefined) return []
    return Promise.all(Array.from({ length: snapshot.chunks }, (_, at) => snapshot.chunk(at)))
  }

  #happens(): boolean {
    const happens = this.#now < this.#calm && this.#dice.below(1000) < this.#trouble
    if (happens) this.troubles++
    return happens
  }

  #send(message: InstallSnapshot): void {
    this.sent++
    // As when the window of the connection is full: those before are still on their way.
    if (this.#happens()) this.#progress.unreachable()
    else this.#requests.push(message)
  }

  #loseConnection(): void {
    this.#requests = []
    this.#answers = []
    this.#progress.unreachable()
  }

  #restart(): void {
    this.#restartsLeft--
    this.#loseConnection()
    this.#receiver = this.#freshReceiver()
  }

  #freshReceiver(): SnapshotReceiver {
    const fresh: SnapshotReceiver = new SnapshotReceiver({
      store: this.#to,
      // What a former self would still say is lost with its connections.
      take: (input) => {
        if (fresh === this.#receiver) this.#answers.push(input)
      },
      logger: silent,
    })
    return fresh
  }

  #hear(input: Input): void {
    if (input.type === 'snapshotStored') {
      this.isInstalled = true
      this.#progress.endSnapshot()
    } else if (input.type === 'chunkStored') {
      const { snapshotIndex: index, offset } = input
      if (this.#progress.pieceAnswered({ index, offset }, this.#now)) this.#wish(false)
    }
  }

  #wish(isAgain: boolean): void {
    const { piece } = this.#progress
    const resume = piece === undefined ? {} : { resume: piece }
    this.#sender.send({ type: 'sendSnapshot', to: follower, term: term(1), isAgain, ...resume })
  }
}

const position: SnapshotPosition = {
  index: logIndex(7),
  term: term(1),
  configuration: { voters: [serverId('n1'), follower], learners: [], uris: {} },
  clusterId: undefined,
  incarnations: [],
}

void t.test('whatever is lost, a transfer comes to its end, and little is sent twice', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const scene = await Scene.start(seed)
    let steps = 0
    while (!scene.isInstalled && steps < 2000) {
      await scene.step()
      steps++
    }
    const { sent, troubles } = scene
    if (!scene.isInstalled) t.fail(`seed ${seed}: not through after ${steps} steps and ${sent} pieces`)
    if ((await scene.texts()).length !== PIECES) t.fail(`seed ${seed}: not what was sent`)
    // After each trouble a window may be sent again, and all of it to a receiver that has started anew.
    if (sent > PIECES + troubles * 16 + 3 * PIECES)
      t.fail(`seed ${seed}: ${sent} pieces after ${troubles} troubles`)
    if (troubles === 0) t.equal(sent, PIECES, `seed ${seed}: each piece once`)
  }
})
