/**
 * The users of one cluster, whom they follow, and the posts of those: a replicated object, with a copy at each member.
 *
 * What concerns another cluster stands here in a stream of numbered items until that cluster has it. There the number
 * of the last one that came is part of the state as well: an item that comes again is ignored, whoever carries them,
 * and however often he dies.
 */
import { commandContext, sliced, SnapshotMap } from 'rollcall'
import { readName, readPost } from './rules.js'

/** Of what stands in the streams: who does not know it takes nothing of it. */
export const VERSION = 1
const FOLLOWS_MAX = 1_000
const CLUSTERS_MAX = 100
/** The newest of each author. */
const POSTS_KEPT = 1_000
const PAGE_MAX = 1_000
/** Of one batch of a stream: a command carries 1 MiB at most. */
const BATCH_ITEMS_MAX = 500
const BATCH_LENGTH_MAX = 200_000

export class Timelines {
  static commands = ['join', 'follow', 'unfollow', 'post', 'receive', 'carried']
  static queries = ['list', 'timeline', 'isHeard', 'destinations', 'outgoing']
  static frees = ['carried']

  tables = {
    /** user → how many posts there are of him */
    users: new SnapshotMap(),
    /** user → [[author, number of the last post that had arrived then], …] */
    follows: new SnapshotMap(),
    /**
     * author → how many follow him here; his home, unless it is here, and the number of the item that tells it; his posts
     * since somebody does
     */
    followed: new SnapshotMap(),
    /** author of here → the clusters where he is followed */
    wanted: new SnapshotMap(),
    /** cluster → the stream to it: its id, the number of its first item that waits, and of the next one */
    streams: new SnapshotMap(),
    /** "cluster number" → item */
    items: new SnapshotMap(),
    /** cluster → the stream from it: its id, and the number of the last item that came */
    received: new SnapshotMap(),
    /** 'posts' → how many have arrived here */
    arrived: new SnapshotMap(),
  }

  /** Whether he is new. */
  join(user) {
    const isNew = !this.tables.users.has(readName(user))
    if (isNew) this.tables.users.set(user, 0)
    return isNew
  }

  /** From now on the author's posts are in the user's timeline. `home`: the author's cluster. */
  follow(user, author, home) {
    this.#demandUser(user)
    readName(author)
    readName(home)
    const follows = this.#followsOf(user)
    if (user === author) throw new RangeError("you can't follow yourself")
    if (follows.some(([name]) => name === author)) throw new RangeError(`you follow ${author} already`)
    if (follows.length >= FOLLOWS_MAX) throw new RangeError(`you follow ${FOLLOWS_MAX}: more can't be`)
    const { followed, users } = this.tables
    const before = followed.get(author)
    const place = before ?? this.#firstFollowed(author, users.has(author) ? null : home)
    followed.set(author, { ...place, followers: place.followers + 1 })
    this.#setFollows(user, [...follows, [author, this.#arrivals]])
  }

  #firstFollowed(author, home) {
    const told = home === null ? 0 : this.#send(home, ['want', author])
    return { followers: 0, home, told, posts: [] }
  }

  /** Whether the author's cluster knows that he is followed from here: what he posts from then on comes. */
  isHeard(author) {
    const place = this.tables.followed.get(readName(author))
    if (place === undefined) return false
    return place.home === null || place.told < this.tables.streams.get(place.home).first
  }

  /** His posts are in the timeline no longer, those of before neither. */
  unfollow(user, author) {
    this.#demandUser(user)
    const follows = this.#followsOf(user)
    const left = follows.filter(([name]) => name !== author)
    if (left.length === follows.length) throw new RangeError(`you don't follow ${author}`)
    const { followed } = this.tables
    const place = followed.get(author)
    if (place.followers > 1) followed.set(author, { ...place, followers: place.followers - 1 })
    else {
      followed.delete(author)
      if (place.home !== null) this.#send(place.home, ['enough', author])
    }
    this.#setFollows(user, left)
  }

  /** Its number among the user's posts. */
  post(user, text) {
    this.#demandUser(user)
    readPost(text)
    const { users, wanted } = this.tables
    const number = users.get(user) + 1
    const { now } = commandContext()
    users.set(user, number)
    this.#arrive(user, { number, now, text })
    for (const cluster of wanted.get(user) ?? []) this.#send(cluster, ['post', user, number, now, text])
    return number
  }

  list(user) {
    this.#demandUser(user)
    return this.#followsOf(user).map(([author]) => author)
  }

  /**
   * Posts in the order in which they arrived here: the first `most` behind `after`, an answer's `next`; null: the last
   * `most` of all. With whom the user follows, to be told of more.
   */
  timeline(user, after, most) {
    this.#demandUser(user)
    const limit = Math.min(Math.max(Number(most) || 1, 1), PAGE_MAX)
    const follows = this.#followsOf(user)
    const all = follows.flatMap(([author, since]) => {
      const posts = this.tables.followed.get(author)?.posts ?? []
      return posts.filter(({ at }) => at > Math.max(since, after ?? 0)).map((post) => ({ author, ...post }))
    })
    all.sort((a, b) => a.at - b.at)
    const posts = after === null ? all.slice(-limit) : all.slice(0, limit)
    const next = after !== null && posts.length < all.length ? posts.at(-1).at : this.#arrivals
    return { posts, next, follows: follows.map(([author]) => author) }
  }

  /** The clusters for which something waits. */
  destinations() {
    return [...this.tables.streams].filter(([, { first, next }]) => first < next).map(([cluster]) => cluster)
  }

  /** What comes next of the stream to that cluster, as `receive` there takes it; null: nothing. */
  outgoing(cluster) {
    const { streams, items } = this.tables
    const { id, first, next } = streams.get(cluster) ?? { first: 0, next: 0 }
    if (first === next) return null
    const batch = []
    let length = 0
    for (let number = first; number < next && batch.length < BATCH_ITEMS_MAX; number++) {
      const item = items.get(`${cluster} ${number}`)
      length += JSON.stringify(item).length
      if (batch.length > 0 && length > BATCH_LENGTH_MAX) break
      batch.push(item)
    }
    return { version: VERSION, stream: id, first, items: batch }
  }

  /** That cluster has all up to this number: what it has need not be kept. */
  carried(cluster, stream, upTo) {
    const { streams, items } = this.tables
    const sent = streams.get(cluster)
    if (sent?.id !== stream || !Number.isSafeInteger(upTo)) return
    if (upTo >= sent.next)
      throw new RangeError(
        `${cluster} has ${upTo} items of this cluster, which has sent ${sent.next - 1}: was it put back to an older state?`,
      )
    for (let number = sent.first; number <= upTo; number++) items.delete(`${cluster} ${number}`)
    streams.set(cluster, { ...sent, first: Math.max(sent.first, upTo + 1) })
    commandContext().emit(`carried/${cluster}`, null)
  }

  /** Items of another cluster's stream, from number `first` on, as far as they are new. Up to which number all are here. */
  receive(from, { version, stream, first, items }) {
    readName(from)
    if (version !== VERSION)
      throw new RangeError(
        `the items of ${from} are of version ${version}, and version ${VERSION} is read here: bring both clusters to one version; they wait there`,
      )
    if (!Number.isSafeInteger(first) || !Array.isArray(items) || !items.every(isItem))
      throw new RangeError(`what ${from} sends is no part of a stream`)
    const { received } = this.tables
    const known = received.get(from)
    const before = known?.stream === stream ? known.upTo : 0
    if (first > before + 1)
      throw new RangeError(
        `items ${before + 1} to ${first - 1} of ${from} are missing: was this cluster put back to an older state?`,
      )
    for (const item of items.slice(before + 1 - first)) this.#take(from, item)
    const upTo = Math.max(before, first + items.length - 1)
    received.set(from, { stream, upTo })
    return upTo
  }

  #take(from, [kind, author, number, now, text]) {
    const { wanted } = this.tables
    const clusters = wanted.get(author) ?? []
    if (kind === 'post') return this.#arrive(author, { number, now, text })
    const others = clusters.filter((each) => each !== from)
    const left = kind === 'want' ? [...others, from] : others
    if (left.length > 0) wanted.set(author, left)
    else wanted.delete(author)
  }

  #arrive(author, post) {
    const { followed, arrived } = this.tables
    const place = followed.get(author)
    if (place === undefined) return
    const at = this.#arrivals + 1
    arrived.set('posts', at)
    followed.set(author, { ...place, posts: [...place.posts, { at, ...post }].slice(-POSTS_KEPT) })
    commandContext().emit(`by/${author}`, at)
  }

  /** The item's number. */
  #send(cluster, item) {
    const { streams, items } = this.tables
    if (!streams.has(cluster) && streams.size >= CLUSTERS_MAX)
      throw new RangeError(`there are ${CLUSTERS_MAX} clusters: more can't be`)
    const { random, emit } = commandContext()
    const sent = streams.get(cluster) ?? { id: String(random()), first: 1, next: 1 }
    items.set(`${cluster} ${sent.next}`, item)
    streams.set(cluster, { ...sent, next: sent.next + 1 })
    // Whoever carries goes on until nothing is left: he is told when there is something again.
    if (sent.first === sent.next) emit(`to/${cluster}`, null)
    return sent.next
  }

  #setFollows(user, follows) {
    this.tables.follows.set(user, follows)
    commandContext().emit(`of/${user}`, null)
  }

  #followsOf(user) {
    return this.tables.follows.get(user) ?? []
  }

  get #arrivals() {
    return this.tables.arrived.get('posts') ?? 0
  }

  #demandUser(user) {
    if (!this.tables.users.has(readName(user)))
      throw new RangeError(`there is no user ${user} in this cluster`)
  }

  snapshot() {
    return sliced(...Object.entries(this.tables).map(([name, table]) => rows(name, table.capture())))
  }

  async restore(chunks) {
    for await (const [name, key, value] of chunks) this.tables[name].set(key, value)
  }
}

function* rows(name, entries) {
  for (const [key, value] of entries) yield [name, key, value]
}

function isItem(item) {
  if (!Array.isArray(item) || typeof item[1] !== 'string') return false
  const [kind, , number, now, text] = item
  return kind === 'post'
    ? Number.isSafeInteger(number) && Number.isSafeInteger(now) && typeof text === 'string'
    : kind === 'want' || kind === 'enough'
}

export default { timelines: Timelines }
