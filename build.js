/**
 * Translates what has changed of the sources to JavaScript: what users run to a few files, which are read in a third of
 * the time that hundreds take; and each source to a file of its own below `dist`, as tests and benchmarks import them.
 * It does not look at the types: `tsc -b` does, and writes the declarations.
 *
 *     node build.js                everything
 *     node build.js --shipped      what users run, and `npm start`
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundle } from './packaging/bundles.js'

const SHIPPED = ['nameserver', 'node', 'client', 'balancer', 'lib', 'testing']
// What is packed may be without them.
const DEVELOPERS = ['test', 'bench'].filter((room) => existsSync(room))
const ENTRIES = ['cli.ts', 'index.ts', 'testing/index.ts']

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function sourcesIn(rooms) {
  return rooms
    .flatMap((room) =>
      readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
    )
    .filter((path) => /(?<!\.d)\.ts$/.test(path) && !path.includes('fixtures') && !ENTRIES.includes(path))
}

function isOlder(file, sources) {
  const madeAt = changedAt(file)
  return sources.some((path) => changedAt(path) > madeAt)
}

const shipped = ['command.ts', 'api.ts', 'client-api.ts', 'browser.ts', ...sourcesIn(SHIPPED)]
// Those of the pieces, and the package that is in them.
const ways = ['build.js', 'packaging/bundles.js', 'node_modules/jayson/package.json']

// Programs that run may load one of these files at any time: none is written without need.
if (isOlder('dist/cli.js', [...ENTRIES, ...shipped, ...ways])) await bundle('dist')

if (process.argv[2] !== '--shipped') {
  const changed = [...shipped, ...sourcesIn(DEVELOPERS)].filter((path) =>
    isOlder(join('dist', path.replace(/ts$/, 'js')), [path, 'build.js']),
  )
  if (changed.length > 0)
    await build({
      entryPoints: changed,
      outdir: 'dist',
      outbase: '.',
      format: 'esm',
      target: 'es2022',
      sourcemap: true,
      sourcesContent: false,
      logLevel: 'warning',
    })
}
