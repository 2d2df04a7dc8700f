/** All of it as processes of this machine: a coordinator, three clusters of three members, two synchronizers for each. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const command = join(createRequire(import.meta.url).resolve('rollcall/package.json'), '../dist/cli.js')
const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const MEMBERS = 3

export class Network {
  /** By their names: `coordinator`, `north1`, `north.synchronizer1`, `north.page`. */
  processes = new Map()
  clusters = []
  #ports

  /** `ports`: a coordinator's, and four for each cluster. `folder`: for data and logs. */
  constructor(folder, ports) {
    this.folder = folder
    this.#ports = [...ports]
    this.nameserver = `localhost:${this.#ports.shift()}`
    mkdirSync(folder, { recursive: true })
    const [, port] = this.nameserver.split(':')
    this.pages = []
    this.#define('coordinator', [
      command,
      'nameserver',
      '--port',
      port,
      '--data',
      join(folder, 'coordinator'),
    ])
  }

  /** Defines a cluster, and starts it. */
  add(cluster) {
    this.clusters.push(cluster)
    const [page, ...ports] = this.#ports.splice(0, MEMBERS + 1)
    const members = ports.map((port, at) => `${cluster}${at + 1}@localhost:${port}`)
    const origin = `http://localhost:${page}`
    for (let at = 1; at <= MEMBERS; at++) {
      const id = `${cluster}${at}`
      const place = ['--cluster', cluster, '--members', members.join(','), '--nameserver', this.nameserver]
      const how = ['--election-timeout', '500-1000', '--heartbeat', '100', '--allow-origin', origin]
      const what = ['--objects', file('timelines.js'), '--data', join(this.folder, id)]
      this.#define(id, [command, 'node', id, ...place, ...how, ...what])
    }
    for (const at of [1, 2]) this.#define(`${cluster}.synchronizer${at}`, [file('synchronizer.js'), cluster])
    this.pages.push(origin)
    for (const name of this.namesOf(cluster)) this.start(name)
  }

  #define(name, args) {
    this.processes.set(name, { args, child: undefined })
  }

  namesOf(cluster) {
    return [...this.processes.keys()].filter((name) => name.startsWith(cluster))
  }

  start(name) {
    const { args } = this.processes.get(name)
    const env = { ...process.env, NAMESERVER: this.nameserver, NODE_OPTIONS: '' }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: 'a' })
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
    this.processes.set(name, { args, child })
  }

  /** It hears of nothing, as when its machine loses power. */
  async kill(...names) {
    await Promise.all(names.map((name) => this.#end(name, 'SIGKILL')))
  }

  async end() {
    await Promise.all([...this.processes.keys()].map((name) => this.#end(name, 'SIGKILL')))
  }

  async #end(name, signal) {
    const { child } = this.processes.get(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
