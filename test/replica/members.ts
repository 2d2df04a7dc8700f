import type { Callers } from '../../lib/access/callers.js'
import { RolesGate } from '../../lib/access/gate.js'
import { othersCalls } from '../../lib/hosting/others-calls.js'
import { createTransport } from '../../lib/system/transport.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import type { Logger, Transport } from '../../lib/ports.js'
import { memberSettings } from '../../lib/member-settings.js'
import { incarnation, serverId, term } from '../../lib/raft/types.js'
import { Replica } from '../../lib/replica/replica.js'
import { MemoryStore } from './memory-store.js'
import type { ReplicatedSource } from '../../lib/replica/objects/marks.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
}

export interface TestMember {
  readonly replica: Replica
  readonly daemon: Daemon
  readonly port: number
}

/** A busy machine must not depose a leader whose followers live in the same process: nothing here waits for it to. */
const PATIENT = memberSettings({ electionTimeout: { min: 500, max: 1000 } })

/**
 * Members of one cluster in this process, over real TCP on free ports, with logs that only memory keeps. `wayTo`: the
 * port by which the others reach the one that listens at a port. Default: that port. `transportOf`: the network as the
 * one at that place has it. `callersOf`: whom it knows; default: nobody is asked.
 */
export async function startMembers(
  count: number,
  classes: ReadonlyMap<string, ReplicatedSource>,
  logger: Logger = silent,
  wayTo: (port: number) => Promise<number> = (port) => Promise.resolve(port),
  transportOf: (at: number) => Transport = () => createTransport(),
  callersOf: (at: number) => Callers | undefined = () => undefined,
): Promise<readonly TestMember[]> {
  const ids = Array.from({ length: count }, (_, at) => serverId(`m${at + 1}`))
  const transports = ids.map((_, at) => transportOf(at))
  const callers = ids.map((_, at) => callersOf(at))
  const daemons = transports.map((transport, at) => {
    const known = callers[at]
    const gate = known && new RolesGate({ callers: known, logger, clock: systemClock })
    return new Daemon({ transport, clock: systemClock, logger, gate })
  })
  const addresses = await Promise.all(
    daemons.map((daemon) => daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })),
  )
  const ports = addresses.map((address) => (address.kind === 'tcp' ? address.port : 0))
  const ways = await Promise.all(ports.map(wayTo))
  const uris = Object.fromEntries(ids.map((id, at) => [id, `${id}@127.0.0.1:${ways[at] ?? 0}`]))
  return Promise.all(
    daemons.map(async (daemon, at): Promise<TestMember> => {
      const id = serverId(`m${at + 1}`)
      const replica = await Replica.start({
        id,
        cluster: 'test',
        bootstrap: { voters: ids, learners: [], uris },
        incarnation: incarnation(`${id}-first`),
        storage: new MemoryStore(),
        recovered: { hardState: { currentTerm: term(0), votedFor: undefined }, entries: [] },
        classes,
        settings: PATIENT,
        othersCalls: othersCalls(daemon.host, systemClock, callers[at]),
        transport: transports[at] ?? createTransport(),
        clock: systemClock,
        random: systemRandom,
        logger: logger.with({ member: id }),
      })
      daemon.host.register(id, replica.member)
      for (const [name, object] of replica.objects) daemon.host.register(name, object)
      return { replica, daemon, port: ports[at] ?? 0 }
    }),
  )
}

export async function stopMembers(members: readonly TestMember[]): Promise<void> {
  await Promise.all(members.map(({ replica }) => replica.stop()))
  await Promise.all(members.map(({ daemon }) => daemon.close()))
}

/** The member that serves as leader, once there is one. */
export function leaderOf(members: readonly TestMember[]): Promise<TestMember> {
  return new Promise((resolve) => {
    const look = () => {
      const leader = members.find(({ replica }) => replica.isServing)
      if (leader !== undefined) resolve(leader)
    }
    for (const { replica } of members) replica.onChange(look)
    look()
  })
}
