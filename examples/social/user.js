/** A user at work, in a terminal, a page or a test: finds the cluster where he is at home, and talks to it. */
import { readName, readPost } from './rules.js'

/** How many posts are there when a timeline opens. */
const FIRST_POSTS = 20
const PAGE = 200
/** How long a follow waits for the other cluster to hear of it. Milliseconds. */
const HEARD_MS = 5_000
/** Until a timeline that could not be read is read again. Milliseconds. */
const RETRY_MS = 500

export class User {
  #rollcall
  #timelines
  #closed = new AbortController()

  constructor(rollcall, name, cluster) {
    this.#rollcall = rollcall
    this.#timelines = rollcall.object('timelines')
    this.name = name
    this.cluster = cluster
  }

  /** `connect`: of rollcall, or of rollcall/browser. */
  static async enter(connect, nameserver, given) {
    const name = readName(given)
    const coordinator = await connect({ nameserver })
    try {
      const cluster = (await homeOf(coordinator, name)) ?? (await settle(coordinator, name))
      const user = new User(await connect({ nameserver, cluster }), name, cluster)
      await user.#timelines.join(name)
      return user
    } finally {
      coordinator.close()
    }
  }

  /** Whether the author's cluster knows it: from then on the timeline has what he posts. False: it is away, and will. */
  async follow(given) {
    const author = readName(given)
    const home = await homeOf(this.#rollcall, author)
    if (home === undefined) throw new RangeError(`there is no user ${author}`)
    const watch = this.#rollcall.watch('timelines', { topic: `carried/${home}` })
    const end = setTimeout(() => void watch.return(), HEARD_MS)
    try {
      await watch.begin()
      await this.#timelines.follow(this.name, author, home)
      for (;;) {
        if (await this.#timelines.isHeard(author)) return true
        if ((await watch.next()).done) return false
      }
    } finally {
      clearTimeout(end)
      void watch.return()
    }
  }

  async unfollow(given) {
    await this.#timelines.unfollow(this.name, readName(given))
  }

  list() {
    return this.#timelines.list(this.name)
  }

  post(text) {
    return this.#timelines.post(this.name, readPost(text))
  }

  /**
   * The last posts of those whom the user follows, and then each new one, once and in order, whatever dies meanwhile:
   * what is told by a watch is only that there is something; what it is is read behind what was read before. Until the
   * signal is aborted, or the user closed. `onTrouble`: told why there may be more that can't be read now.
   */
  async *timeline({ signal, onTrouble = () => undefined } = {}) {
    const news = new News(this.#rollcall, AbortSignal.any([this.#closed.signal, ...(signal ? [signal] : [])]))
    try {
      for (let after = null; !news.isOver;) {
        try {
          const { posts, next } = await this.#page(news, after)
          after = next
          yield* posts
        } catch (error) {
          if (news.isOver) return
          onTrouble(error.message)
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
        }
      }
    } finally {
      news.close()
    }
  }

  /** The next one, as soon as there is one; of the first one what there is. */
  async #page(news, after) {
    for (;;) {
      news.take()
      const page = await this.#timelines.timeline(this.name, after, after === null ? FIRST_POSTS : PAGE)
      const isNew = await news.follow([`of/${this.name}`, ...page.follows.map((author) => `by/${author}`)])
      if (after === null || page.posts.length > 0 || news.isOver) return page
      if (!isNew) await news.some()
    }
  }

  close() {
    this.#closed.abort()
    this.#rollcall.close()
  }
}

/** Whether something was told under one of some topics, since it was last asked. */
class News {
  #watches = new Map()
  #isThere = false
  #wake = () => undefined

  constructor(rollcall, signal) {
    this.rollcall = rollcall
    this.signal = signal
    signal.addEventListener('abort', () => this.#tell(), { once: true })
  }

  get isOver() {
    return this.signal.aborted
  }

  /** These and no others, from now on. Whether there are some that it did not follow before. */
  async follow(topics) {
    for (const [topic, watch] of this.#watches) if (!topics.includes(topic)) void watch.return()
    const fresh = topics.filter((topic) => !this.#watches.has(topic))
    await Promise.all(fresh.map((topic) => this.#begin(topic)))
    return fresh.length > 0
  }

  async #begin(topic) {
    const watch = this.rollcall.watch('timelines', { topic })
    this.#watches.set(topic, watch)
    await watch.begin()
    void this.#read(topic, watch)
  }

  /** A watch that has missed something ends: then there may be news, and the next one is begun. */
  async #read(topic, watch) {
    try {
      while ((await watch.next()).done !== true) this.#tell()
    } catch {
      this.#tell()
    } finally {
      this.#watches.delete(topic)
    }
  }

  #tell() {
    this.#isThere = true
    this.#wake()
  }

  take() {
    this.#isThere = false
  }

  async some() {
    if (!this.#isThere) await new Promise((resolve) => (this.#wake = resolve))
  }

  close() {
    for (const watch of this.#watches.values()) void watch.return()
  }
}

/** Where the user is at home, for good; undefined: there is no such user. */
async function homeOf({ nameserver }, name) {
  try {
    const { metadata } = await nameserver.lookup(`user.${name}`, { record: true })
    return valueOf(metadata, 'home')
  } catch (error) {
    if (error.label === 'NAME_NOT_FOUND') return undefined
    throw error
  }
}

/** The coordinator gives a new user a cluster that runs, and keeps which; another client may have asked for it first. */
async function settle(coordinator, name) {
  const { nameserver } = coordinator
  const { uri, metadata } = await nameserver.assign(name, { tag: 'synchronizer' })
  const cluster = valueOf(metadata, 'cluster')
  try {
    await nameserver.register(`user.${name}`, uri, { safe: true, metadata: ['user', `home=${cluster}`] })
    return cluster
  } catch (error) {
    const home = error.label === 'NAME_TAKEN' ? await homeOf(coordinator, name) : undefined
    if (home === undefined) throw error
    return home
  }
}

function valueOf(metadata, key) {
  return metadata.find((tag) => tag.startsWith(`${key}=`))?.slice(key.length + 1)
}
