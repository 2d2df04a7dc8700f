/** Whether anybody is at a place still. Time is virtual. */
import t from 'tap'
import { isDeserted } from '../../../lib/replica/members/deserted.js'
import { Daemon } from '../../../lib/rpc/channels/daemon.js'
import { Network } from '../../../testing/simulator/network.js'
import { PEACE } from '../../../testing/simulator/paths.js'
import { SimulatedProcess } from '../../../testing/simulator/process.js'
import { World } from '../../../testing/simulator/world.js'

const PLACE = { kind: 'tcp', host: '127.0.0.1', port: 9102 } as const
/** Virtual milliseconds. */
const PATIENCE_MS = 150
const A_MOMENT_MS = 20

/** One process that listens at the place, and another one that knocks there. */
class Scene {
  readonly world = new World(1)
  /** Undefined: it is not known yet. */
  answer: boolean | undefined
  readonly #network = new Network(this.world, PEACE)
  readonly there = this.#process('there', async ({ transport, clock, logger }) => {
    const daemon = new Daemon({ transport, clock, logger })
    await daemon.listen(PLACE)
    return { stop: () => daemon.close() }
  })

  static async begin(): Promise<Scene> {
    const scene = new Scene()
    scene.there.start()
    await scene.pass(A_MOMENT_MS)
    return scene
  }

  async knock(): Promise<void> {
    this.#process('who knocks', async (ports) => {
      void isDeserted(PLACE, { ...ports, patienceMs: PATIENCE_MS }).then((answer) => (this.answer = answer))
      return { stop: async () => undefined }
    }).start()
    await this.pass(A_MOMENT_MS)
  }

  pass(milliseconds: number): Promise<void> {
    return this.world.run(this.world.now + milliseconds, () => undefined)
  }

  #process(
    name: string,
    program: ConstructorParameters<typeof SimulatedProcess>[0]['program'],
  ): SimulatedProcess {
    const { world } = this
    return new SimulatedProcess({ world, network: this.#network, name, kind: 'processes', program })
  }
}

t.test('a place whose process has ended is deserted, which shows at once', async (t) => {
  const scene = await Scene.begin()
  scene.there.kill()
  await scene.knock()
  t.equal(scene.answer, true)
})

t.test('a place where somebody listens is not', async (t) => {
  const scene = await Scene.begin()
  await scene.knock()
  await scene.pass(PATIENCE_MS)
  t.equal(scene.answer, false)
})

t.test('of a machine that has gone nobody says that it is deserted', async (t) => {
  const scene = await Scene.begin()
  scene.there.losePower()
  await scene.knock()
  await scene.pass(PATIENCE_MS)
  t.equal(scene.answer, false)
})

t.test('whoever is let in by a process that is just ending knocks again', async (t) => {
  const scene = await Scene.begin()
  await scene.knock()
  scene.there.kill()
  await scene.pass(PATIENCE_MS)
  t.equal(scene.answer, true)
})
