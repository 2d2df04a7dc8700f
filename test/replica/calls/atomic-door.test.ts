/** While members are upgraded, no entry is written that one of them does not know. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { ObjectDoor, type ObjectDoorOptions } from '../../../lib/replica/calls/object-door.js'
import { ATOMICALLY } from '../../../lib/replica/objects/own-names.js'
import { MethodNotFoundError } from '../../../lib/rpc/errors.js'
import { Scene } from '../machine-scene.js'

class Visits {
  static commands = ['visit']
  static queries = ['count']
  visits = 0
  visit(): number {
    return (this.visits += 1)
  }
  count(): number {
    return this.visits
  }
}

t.test('an atomic entry is refused while a member does not know of such', async (t) => {
  const { machine, clock, time } = new Scene({ visits: Visits })
  t.ok(machine.classes.get('visits')?.commands.has(ATOMICALLY), 'this one says that it knows')
  const missing = { method: ATOMICALLY as string | undefined }
  const written: string[] = []
  const options = {
    machine,
    clock,
    time,
    random: { below: () => 7 },
    versions: {
      known: new Map(),
      lowest: (object: string, method: string) => {
        if (method === missing.method) throw new MethodNotFoundError(`${object}: node2 must be upgraded`)
        return 1
      },
    },
    pending: {
      checkRoom: () => ({}),
      submit: (text: string) => {
        written.push(text)
        return Promise.resolve(null)
      },
    },
    quota: { check: () => undefined },
    raft: { view: { role: 'leader' } },
  } as unknown as ObjectDoorOptions
  const run = new ObjectDoor(options).atomic.methods.get('run')
  const context = { connection: { kind: 'lines', remote: 'x' }, meta: {}, deadline: undefined } as const
  const ask = (): unknown => run?.handler([[['visits', 'visit', []]] as Json], context)
  t.throws(ask, { message: /node2 must be upgraded/ })
  t.same(written, [])
  missing.method = undefined
  ask()
  t.match(written, [/^\[1,"atomic","run",\[\[\["visits","visit",\[\]\]\]\],\d+,7\]$/])
})
