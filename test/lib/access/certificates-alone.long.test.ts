/** Members that know each other by nothing but certificates, and rows of the table that name them. */
import { join } from 'node:path'
import t from 'tap'
import { startNode, type AccessTable } from '../../../api.js'
import { Certificates } from '../../harness/certificates.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

const IDS = ['a', 'b', 'c'] as const

const rowsOf = (ids: readonly string[]): AccessTable => ({
  callers: ids.map((id) => ({ name: id, role: 'member', certificate: `${id}.example` })),
})

t.test('they elect a leader, and one whose row is gone is no member until it is back', async (t) => {
  const [nobody = 0, ...ports] = await freePorts(4)
  const folder = temporaryFolder(t)
  const certificates = new Certificates(t)
  const members = IDS.map((id, at) => `${id}@localhost:${ports[at]}`)
  let table = rowsOf(IDS)
  const nodes = await Promise.all(
    IDS.map(async (id) => {
      const own = certificates.make({ commonName: `${id}.example` })
      const tls = { ca: certificates.ca, ...own, clientCert: 'required' } as const
      const data = join(folder, id)
      const nameserver = `localhost:${nobody}`
      const node = await startNode({
        id,
        members,
        nameserver,
        data,
        tls,
        access: () => table,
        logger: silent,
      })
      t.teardown(() => node.stop({ handOver: false }))
      return node
    }),
  )
  const leaders = () => nodes.map((node) => node.status().leader?.id)
  const followOne = async (): Promise<boolean> => new Set(leaders()).size === 1 && leaders()[0] !== undefined
  await until('all follow one leader', followOne)
  const out = nodes.find(({ id }) => id !== leaders()[0])
  t.ok(out)
  table = rowsOf(IDS.filter((id) => id !== out?.id))
  await until('the one without a row hears nobody', async () => out?.status().leader === null)
  const others = nodes.filter((node) => node !== out)
  await until('the others have a leader', async () => others.every((node) => node.status().leader !== null))
  table = rowsOf(IDS)
  await until('all follow one leader again', followOne)
})
