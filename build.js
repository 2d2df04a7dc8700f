/**
 * Translates what has changed of the sources to JavaScript, each to a file of its own below `dist`. It does not look at
 * the types: `tsc -b` does, and writes the declarations.
 *
 *     node build.js                everything
 *     node build.js --shipped      what users run, and `npm start`
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const SHIPPED = ['nameserver', 'node', 'client', 'balancer', 'lib', 'testing']
const rooms = process.argv[2] === '--shipped' ? SHIPPED : [...SHIPPED, 'test', 'bench']

const inRooms = rooms.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
)
const sources = [
  'cli.ts',
  'index.ts',
  'browser.ts',
  ...inRooms.filter((path) => /(?<!\.d)\.ts$/.test(path) && !path.includes('fixtures')),
]

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

// Programs that run may load one of these files at any time: none is written without need.
const changed = sources.filter(
  (path) =>
    changedAt(join('dist', path.replace(/ts$/, 'js'))) < Math.max(changedAt(path), changedAt('build.js')),
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
