/**
 * The same pieces once more for `require`, file by file, with their types: Node.js before 20.19 can't require an ES
 * module. One of them for each, so that 'rollcall' and 'rollcall/testing' have their classes in common.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

export function addCommonJs(dist, entries) {
  const target = join(dist, 'cjs')
  const types = entries.map((entry) => entry.replace(/\.js$/, '.d.ts'))
  for (const file of reached(dist, [...entries, ...types])) {
    const place = join(target, file)
    mkdirSync(dirname(place), { recursive: true })
    if (file.endsWith('.d.ts')) copyFileSync(join(dist, file), place)
    else writeFileSync(place, commonJsOf(readFileSync(join(dist, file), 'utf8')))
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n')
}

/** The other types nobody can import. */
export function keepTypesOf(dist, entries) {
  const kept = reached(dist, entries)
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.d.ts') && !file.startsWith('cjs') && !kept.has(file)) rmSync(join(dist, file))
}

const NAMED = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bURL\(\s*)['"]([./\w-]+\.js)['"]/g

const REFERENCED = /<reference path="([./\w-]+)"/g

/** These files and all that they name, as paths in `dist`. */
function reached(dist, entries) {
  const files = new Set()
  const add = (file) => {
    if (files.has(file) || !existsSync(join(dist, file))) return
    files.add(file)
    const text = readFileSync(join(dist, file), 'utf8')
    for (const [, path] of text.matchAll(NAMED)) {
      const named = join(dirname(file), path)
      add(file.endsWith('.d.ts') ? named.replace(/\.js$/, '.d.ts') : named)
    }
    for (const [, path] of text.matchAll(REFERENCED)) add(join(dirname(file), path))
  }
  entries.forEach(add)
  return files
}

const HERE = `const here = require('node:url').pathToFileURL(__filename).href\n`

function commonJsOf(text) {
  const { outputText } = ts.transpileModule(text.replaceAll('import.meta.url', 'here'), {
    compilerOptions: {
      module: ts.ModuleKind.Node16,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      allowJs: true,
    },
    fileName: 'module.cts',
  })
  return text.includes('import.meta.url')
    ? outputText.replace(/^"use strict";\n/, `"use strict";\n${HERE}`)
    : outputText
}
