/** What esbuild makes of many modules. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { build } from 'esbuild'

const JAYSON = noticeOf('jayson', 'https://github.com/tedeh/jayson')
const CRONER = noticeOf('croner', 'https://github.com/Hexagon/croner')

/** What the license of a package asks of files that parts of it are in. */
function noticeOf(name, place) {
  const license = readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()
  return `/*!\nParts of this file are ${name} (${place}):\n\n${license}\n*/`
}

/**
 * jayson's servers and clients of its own have no part in what is called here, and bring with them sockets and types of
 * an old Node.js. Its core asks the platform for nothing that is used: `inherits` and an emitter that nobody listens
 * to.
 */
const JAYSON_CORE = {
  name: "jayson's core",
  setup(build) {
    const path = 'empty'
    const fromJayson = ({ importer }) => /[\\/]jayson[\\/]/.test(importer)
    build.onResolve({ filter: /^\.\/(client|http|https|tcp|tls|websocket|middleware)$/ }, (asked) =>
      fromJayson(asked) ? { path, namespace: 'nobody' } : undefined,
    )
    build.onResolve({ filter: /^(events|util|crypto|string_decoder|url)$/ }, ({ path }) => ({
      path,
      namespace: 'platform',
    }))
    build.onLoad({ filter: /[\\/]jayson[\\/]lib[\\/]index\.js$/ }, ({ path }) => ({
      contents: `${JAYSON}\n${readFileSync(path, 'utf8')}`,
    }))
    build.onLoad({ filter: /./, namespace: 'nobody' }, () => ({
      contents: 'module.exports = function () {}',
    }))
    build.onLoad({ filter: /./, namespace: 'platform' }, ({ path }) => ({ contents: PLATFORM[path] ?? '' }))
  },
}

const PLATFORM = {
  events: 'exports.EventEmitter = class { emit() {} }',
  util: 'exports.inherits = (made, above) => Object.setPrototypeOf(made.prototype, above.prototype)',
}

const PACKAGES = {
  name: 'packages stay packages',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ kind, path, importer }) =>
      kind === 'entry-point' || path === 'jayson' || /[\\/]node_modules[\\/]/.test(importer)
        ? undefined
        : { path, external: true },
    )
  },
}

const SHARED = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning', charset: 'utf8' }

/**
 * The command, and what can be imported, in as few files as have what is loaded together; they have their classes in
 * common. The folder of the pieces has the thread's file, too, as it is sought beside the piece that starts it.
 */
export async function bundle(dist) {
  const { outputFiles } = await build({
    ...SHARED,
    entryPoints: {
      cli: 'cli.ts',
      index: 'index.ts',
      'testing/index': 'testing/index.ts',
      'shipped/watchdog-thread': 'lib/system/watchdog-thread.ts',
    },
    outdir: dist,
    splitting: true,
    // Of our own package.json: what has no side effects for users is the program here.
    ignoreAnnotations: true,
    chunkNames: 'shipped/piece-[hash]',
    platform: 'node',
    sourcemap: true,
    sourcesContent: false,
    write: false,
    plugins: [PACKAGES, JAYSON_CORE],
  })
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, withOwnNames(text))
  }
  chmodSync(join(dist, 'cli.js'), 0o755)
  removeOld(join(dist, 'shipped'), new Set(outputFiles.map(({ path }) => basename(path))))
}

/** A class that speaks of itself has become `X = class _X`, and would be called `_X` by whoever asks for its name. */
function withOwnNames(text) {
  const names = new Set([...text.matchAll(/= class _([A-Z]\w*)/g)].map(([, name]) => name))
  return [...names].reduce((rest, name) => rest.replace(new RegExp(`\\b_${name}\\b`, 'g'), name), text)
}

/** What a program that runs may load yet are pieces of its own build, not of those of another day. */
const KEPT_MS = 86_400_000

function removeOld(folder, made) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (!made.has(name) && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path)
  }
}

/** Not every browser has them. */
const SYMBOLS = `Symbol.dispose ??= Symbol.for('Symbol.dispose')\nSymbol.asyncDispose ??= Symbol.for('Symbol.asyncDispose')`

/** One file, without a bare import in it: a page can load it as it is. */
export function browserBundle(dist) {
  return build({
    ...SHARED,
    entryPoints: ['dist/browser.js'],
    outfile: join(dist, 'browser.js'),
    allowOverwrite: true,
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    keepNames: true,
    banner: { js: `${JAYSON}\n${CRONER}\n${SYMBOLS}` },
    plugins: [JAYSON_CORE],
  })
}
