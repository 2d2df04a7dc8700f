/**
 * What stands in the package as dist, made before `npm pack` and put in the place of the developers' own, which
 * `restore.js` puts back: what users run and read, in the pieces that `build.js` makes, too, and without maps that lead
 * to no source; each piece once more for `require`; and the client half in one file for pages.
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
import { browserBundle, bundle } from './bundles.js'
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

/** What users may need of them. They may outlive their sources. */
function isTypes(path) {
  return (
    path.endsWith('.d.ts') && !/^(test|bench)[\\/]/.test(path) && existsSync(path.replace(/\.d\.ts$/, '.ts'))
  )
}

restore()
run(process.execPath, ['build.js'])
run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.main.json', 'testing'])

rmSync(STAGED, { recursive: true, force: true })
mkdirSync(STAGED)
await bundle(STAGED)
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' }))
  if (isTypes(path)) cpSync(join('dist', path), join(STAGED, path))
cpSync('lib/disposal.d.ts', join(STAGED, 'lib/disposal.d.ts'))
for (const types of ENTRIES) withDisposal(join(STAGED, types))
addCommonJs(STAGED, ['index.js', 'testing/index.js'])
keepTypesOf(STAGED, ENTRIES)
await browserBundle(STAGED)
for (const path of readdirSync(STAGED, { recursive: true, encoding: 'utf8' })) {
  if (path.endsWith('.map')) rmSync(join(STAGED, path))
  if (!/\.(js|d\.ts)$/.test(path)) continue
  const file = join(STAGED, path)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'))
}
renameSync('dist', KEPT)
renameSync(STAGED, 'dist')
