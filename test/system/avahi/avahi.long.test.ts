/**
 * `bonjour-service`, the native package `mdns` and Avahi find each other's announcements. Needs Avahi, the right to
 * make a network, and in MDNS_FOLDER a folder in which the native package has been built, as .ci/run makes them.
 */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const folder = process.env['MDNS_FOLDER'] ?? ''
const project = resolve(import.meta.dirname, '../../../..')

function whyNot(): string | false {
  if (spawnSync('unshare', ['-nm', 'true']).status !== 0) return 'no network can be made here'
  for (const [program, option] of [
    ['avahi-daemon', '--version'],
    ['avahi-browse', '--version'],
    ['dbus-daemon', '--version'],
    ['ip', '-V'],
  ] as const)
    if (spawnSync(program, [option]).status !== 0) return `${program} is not installed`
  if (!existsSync(join(folder, 'node_modules/mdns/build/Release/dns_sd_bindings.node')))
    return 'MDNS_FOLDER is no folder with the native package mdns, built'
  return false
}

t.test('three implementations find each other, on two interfaces', { skip: whyNot() }, async (t) => {
  // As in a user's project: both packages beside each other.
  const own = join(folder, 'node_modules/rollcall')
  rmSync(own, { force: true })
  symlinkSync(project, own)
  const script = join(project, 'test/system/avahi/network.sh')
  const program = join(own, 'dist/test/system/avahi/neighbours.js')
  const node = [process.execPath, '--preserve-symlinks', '--preserve-symlinks-main', program]
  const { stdout } = await promisify(execFile)('unshare', ['-nm', 'bash', script, ...node], {
    timeout: 120_000,
  })
  const { by, found, left, browsed, warnings } = JSON.parse(stdout) as Record<string, readonly string[]> & {
    readonly found: { readonly bonjour: readonly string[]; readonly native: readonly string[] }
  }
  t.same(by, ['debug mDNS by bonjour-service', 'debug mDNS by mdns'])
  t.same(found.bonjour, ['a@10.9.0.1:9103', 'n@localhost:9101'])
  t.same(found.native, ['a@10.9.0.1:9103', 'b@localhost:9101'])
  t.same(left, [], 'whoever has closed is gone')
  for (const id of ['a', 'b', 'n', 'stranger'])
    for (const network of ['d0', 'd1'])
      t.ok(
        browsed?.some((line) => line.startsWith(`=;${network};`) && line.includes(`"id=${id}"`)),
        `avahi-browse shows ${id} on ${network}`,
      )
  t.equal(warnings?.length, 2, 'each has told of the stranger once')
  t.match(warnings?.[0], /stranger of the cluster "rollcäll" at 10.9.0.1:9103 is not believed/)
})
