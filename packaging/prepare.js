/**
 * What stands in the package as dist, made before `npm pack` and put in the place of the developers' own, which
 * `restore.js` puts back: what users run and read, in the pieces that `build.js` makes, too, and without maps that lead
 * to no source; a second form of each module for `require`, with jayson's core inside the one that uses it; and the
 * client half in one file for pages.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { browserBundle, bundle, withJayson } from './bundles.js'
import { addCommonJs, keepTypesOf } from './common-js.js'
import { restore, KEPT, STAGED } from './places.js'

const run = (command, args) => {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} has failed`)
}

/** What can be imported. */
const ENTRIES = ['index.d.ts', 'testing/index.d.ts', 'browser.d.ts']

/** Users need not have the library of ESNext, or the types of Node.js, for what `using` calls. */
function withDisposal(types) {
  const path = types.includes('testing') ? '../lib/disposal.d.ts' : './lib/disposal.d.ts'
  writeFileSync(types, `/// <reference path="${path}" />\n${readFileSync(types, 'utf8')}`)
}

/** A compiled module may outlive its source. */
function hasSource(path) {
  const compiled = /^dist\/(.*?)(\.d\.ts|\.js)$/.exec(path)
  return compiled === null || existsSync(`${compiled[1]}.ts`)
}

/** As ES modules users get the pieces that `bundle` makes of them. */
function removeModules(dist) {
  for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
    if (path.endsWith('.js') && !path.startsWith('cjs')) rmSync(join(dist, path))
}

restore()
run(process.execPath, ['build.js'])
run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.main.json', 'testing'])

rmSync(STAGED, { recursive: true, force: true })
mkdirSync(STAGED)
const USERS = ['balancer', 'client', 'lib', 'nameserver', 'node', 'testing']
for (const name of readdirSync('dist')) {
  if (!USERS.includes(name) && !/^(index|browser)\./.test(name)) continue
  cpSync(join('dist', name), join(STAGED, name), {
    recursive: true,
    filter: (path) => hasSource(path) && !/\.map$|^dist\/lib\/browser\/.*\.js$/.test(path),
  })
}
await withJayson(STAGED)
cpSync('lib/disposal.d.ts', join(STAGED, 'lib/disposal.d.ts'))
for (const types of ENTRIES) withDisposal(join(STAGED, types))
addCommonJs(STAGED, ['index.js', 'testing/index.js'])
keepTypesOf(STAGED, ENTRIES)
removeModules(STAGED)
await bundle(STAGED)
await browserBundle(STAGED)
for (const path of readdirSync(STAGED, { recursive: true, encoding: 'utf8' })) {
  if (path.endsWith('.map')) rmSync(join(STAGED, path))
  if (!/\.(js|d\.ts)$/.test(path)) continue
  const file = join(STAGED, path)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'))
}
renameSync('dist', KEPT)
renameSync(STAGED, 'dist')
