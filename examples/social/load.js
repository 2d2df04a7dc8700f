/**
 * A load: users who follow each other as people do, a few of them followed by very many; posts at an even rate; members
 * and synchronizers killed at random meanwhile. In the end each follower must have each post once, in its author's order.
 *
 *     npm run social -- --load [--users 10000] [--follows 100000] [--rate 200] [--seconds 60] [--kill-every 5]
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from 'rollcall'
import { User } from './user.js'

const number = (value) => ({ type: 'string', default: String(value) })
const FLAGS = {
  load: { type: 'boolean' },
  users: number(10_000),
  follows: number(100_000),
  rate: number(200),
  seconds: number(60),
  'kill-every': number(5),
}
/** Calls that go together while the town is founded, and read. */
const BATCH = 500
/** Users whose timelines are open, by which the time of delivery is measured. */
const READERS = 30
const PAGE = 1_000
const PATIENCE_MS = 120_000

export async function load(network) {
  const { values } = parseArgs({ options: FLAGS })
  const [count, follows, rate, seconds, killEvery] = Object.keys(FLAGS)
    .slice(1)
    .map((key) => Number(values[key]))
  const town = new Town(network)
  await town.found(count, follows)
  console.log(`${count} users in ${network.clusters.size} clusters, ${follows} follows`)
  const delays = []
  const readers = await town.openTimelines(delays)
  const ending = new AbortController()
  const killing = killNowAndThen(network, killEvery * 1_000, ending.signal)
  const posts = await town.post(rate * seconds, 1_000 / rate)
  ending.abort()
  const killed = await killing
  await town.nothingWaits()
  const deliveries = await town.verify()
  console.log(`${posts} posts, ${killed} processes killed; ${deliveries} deliveries, each once and in order`)
  delays.sort((a, b) => a - b)
  const [half, most] = [0.5, 0.99].map((part) => Math.round(delays[Math.floor(part * (delays.length - 1))]))
  console.log(`until it stands in an open timeline: p50 ${half} ms, p99 ${most} ms, of ${delays.length}`)
  for (const each of [...readers, ...town.clients.values()]) each.close()
}

class Town {
  clients = new Map()
  users = []

  constructor(network) {
    this.network = network
  }

  async found(count, follows) {
    const { nameserver, clusters } = this.network
    for (const cluster of clusters.keys())
      this.clients.set(cluster, await connect({ nameserver, cluster, timeoutMs: PATIENCE_MS }))
    const names = Array.from({ length: count }, (_, at) => `user${at}`)
    for (const part of parts(names)) this.users.push(...(await this.#settle(part)))
    await this.#commands(this.users, (timelines, { name }) => timelines.join(name))
    const pairs = this.#pairs(Math.min(follows, (count * (count - 1)) / 2))
    const follow = (timelines, { name, author }) => timelines.follow(name, author.name, author.cluster)
    await this.#commands(pairs, follow)
    await this.nothingWaits()
  }

  /** As `User.enter` does it, many at a time. */
  async #settle(names) {
    const [rollcall] = this.clients.values()
    const places = await rollcall.batch((calls) => {
      const nameserver = calls.of(rollcall.nameserver)
      return names.map((name) => nameserver.assign(name, { tag: 'synchronizer' }))
    })
    const users = names.map((name, at) => {
      const { metadata, uri } = places[at]
      const cluster = metadata.find((tag) => tag.startsWith('cluster=')).slice('cluster='.length)
      return { name, cluster, uri, authors: new Set(), posts: 0 }
    })
    await rollcall.batch((calls) => {
      const nameserver = calls.of(rollcall.nameserver)
      return users.map(({ name, cluster, uri }) =>
        nameserver.register(`user.${name}`, uri, { metadata: ['user', `home=${cluster}`] }),
      )
    })
    return users
  }

  /** Who is low in the list is followed much, and posts much. */
  #known() {
    return this.users[Math.floor(Math.random() ** 3 * this.users.length)]
  }

  #pairs(count) {
    const pairs = []
    while (pairs.length < count) {
      const user = this.users[Math.floor(Math.random() * this.users.length)]
      const author = this.#known()
      if (author === user || user.authors.has(author)) continue
      user.authors.add(author)
      pairs.push({ name: user.name, cluster: user.cluster, author })
    }
    return pairs
  }

  /** One call for each, at its cluster, many at a time. Their results, in no order. */
  async #commands(subjects, call) {
    const results = []
    for (const [cluster, rollcall] of this.clients)
      for (const part of parts(subjects.filter((subject) => subject.cluster === cluster)))
        results.push(
          ...(await rollcall.batch((calls) => {
            const timelines = calls.object('timelines')
            return part.map((subject) => call(timelines, subject))
          })),
        )
    return results
  }

  async openTimelines(delays) {
    const { nameserver } = this.network
    const some = this.users.slice(0, READERS).map(({ name }) => User.enter(connect, nameserver, name))
    const readers = await Promise.all(some)
    for (const reader of readers)
      void (async () => {
        for await (const { text } of reader.timeline()) delays.push(Date.now() - Number(text))
      })()
    return readers
  }

  async post(count, everyMs) {
    const begin = Date.now()
    const underWay = []
    for (let posts = 0; posts < count; posts++) {
      const author = this.#known()
      const timelines = this.clients.get(author.cluster).object('timelines')
      author.posts += 1
      underWay.push(timelines.post(author.name, String(Date.now())))
      await pause(Math.max(0, begin + posts * everyMs - Date.now()))
    }
    return (await Promise.all(underWay)).length
  }

  async nothingWaits() {
    for (const rollcall of this.clients.values())
      while ((await rollcall.object('timelines').destinations()).length > 0) await pause(100)
  }

  /** How many posts stand in timelines, if these are the right ones. */
  async verify() {
    let deliveries = 0
    for (const user of this.users) {
      const numbers = new Map([...user.authors].map(({ name }) => [name, 0]))
      const timelines = this.clients.get(user.cluster).object('timelines')
      for (let after = 0, isMore = true; isMore;) {
        const { posts, next } = await timelines.timeline(user.name, after, PAGE)
        for (const { author, number } of posts) {
          if (number !== numbers.get(author) + 1)
            throw new Error(`${user.name} has ${number} of ${author} after ${numbers.get(author)}`)
          numbers.set(author, number)
        }
        deliveries += posts.length
        isMore = posts.length === PAGE
        after = next
      }
      for (const { name, posts } of user.authors)
        if (numbers.get(name) !== posts)
          throw new Error(`${user.name} has ${numbers.get(name)} of the ${posts} posts of ${name}`)
    }
    return deliveries
  }
}

/** Members and synchronizers, one at a time. How many in all. */
async function killNowAndThen(network, everyMs, signal) {
  const names = [...network.clusters.values()].flat().filter((name) => !name.endsWith('.page'))
  let killed = 0
  for (; ; killed++) {
    await pause(everyMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return killed
    const name = names[Math.floor(Math.random() * names.length)]
    await network.kill(name)
    await pause(Math.min(everyMs / 2, 1_000))
    network.start(name)
  }
}

function parts(list) {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, at) =>
    list.slice(at * BATCH, (at + 1) * BATCH),
  )
}
