/** Everything in one terminal: three clusters, two users and what they say to each other. `--load`: see load.js. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'rollcall'
import { Network } from './network.js'
import { User } from './user.js'

const FIRST_PORT = Number(process.env.PORT ?? 9400)

/** Plays in a network of three clusters, which ends with it. */
async function inNetwork(play) {
  const folder = mkdtempSync(join(tmpdir(), 'social-'))
  const ports = Array.from({ length: 13 }, (_, at) => FIRST_PORT + at)
  const network = new Network(folder, ports)
  try {
    for (const cluster of ['north', 'south', 'east']) network.add(cluster)
    await allThere(network)
    await play(network)
  } finally {
    await network.end()
    rmSync(folder, { recursive: true })
  }
}

async function allThere({ nameserver, clusters }) {
  const rollcall = await connect({ nameserver, timeoutMs: 60_000 })
  const watch = rollcall.watch('nameserver', { prefix: 'synchronizer.' })
  await watch.begin()
  while ((await rollcall.nameserver.list({ all: ['synchronizer'] })).length < clusters.size)
    await watch.next()
  rollcall.close()
}

async function talk({ nameserver }) {
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => User.enter(connect, nameserver, name)))
  for (const user of [ann, bob]) console.log(`${user.name} is at home in ${user.cluster}`)
  const type = async (user, line, command) => {
    console.log(`${user.name}> ${line}`)
    await command().catch((error) => console.log(`${user.name}  error: ${error.message}`))
  }
  await type(ann, 'FOLLOW zoe', () => ann.follow('zoe'))
  await type(ann, 'FOLLOW ann', () => ann.follow('ann'))
  await type(ann, 'FOLLOW bob', () => ann.follow('bob'))
  await type(ann, 'FOLLOW bob', () => ann.follow('bob'))
  await type(bob, 'FOLLOW ann', () => bob.follow('ann'))
  const [toAnn, toBob] = [ann.timeline(), bob.timeline()]
  const say = async (user, text, reader, timeline) => {
    await type(user, text, () => user.post(text))
    const { value } = await timeline.next()
    console.log(`${reader.name}  ${value.author}: ${value.text}`)
  }
  await say(ann, 'is anybody here?', bob, toBob)
  await say(bob, 'I am, in another cluster', ann, toAnn)
  await say(ann, 'so it works', bob, toBob)
  for (const user of [ann, bob]) user.close()
}

const main = process.argv.includes('--load') ? (await import('./load.js')).load : talk

inNetwork(main).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
