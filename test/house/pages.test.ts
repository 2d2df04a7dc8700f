/** What the pages of this project name is there: pages, their headings, files of the source. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import t from 'tap'

const project = join(import.meta.dirname, '../../..')
const folders = readdirSync(project, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^\.|^(node_modules|dist)$/.test(entry.name))
  .map(({ name }) => name)
const pages = [
  ...readdirSync(project).filter((name) => name.endsWith('.md')),
  ...filesBelow('docs').filter((name) => name.endsWith('.md')),
]
const fileNames = new Set(
  [...readdirSync(project), ...folders.flatMap(filesBelow)].map((path) => basename(path)),
)

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name),
  )
}

const textOf = (page: string): string => readFileSync(join(project, page), 'utf8')

/** What is no code and no comment: only there a link is one. */
const prose = (text: string): string =>
  text
    .replace(/^```.*?^```/gms, '')
    .replace(/<!--.*?-->/gs, '')
    .replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length))

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

function anchorsOf(page: string): readonly string[] {
  const headings = textOf(page)
    .replace(/^```.*?^```/gms, '')
    .matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) => anchorOf(heading))
}

/** The links of a page that lead to this project, without those that lead out of it. */
function linksOf(page: string): readonly string[] {
  const targets = [...prose(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

function leadsNowhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(project, target))) return true
  return anchor !== undefined && !anchorsOf(target).includes(anchor)
}

const isFileName = (word: string): boolean => /^[\w.-]+\.ts$/.test(word)

const isPath = (word: string): boolean =>
  /^[\w./-]+$/.test(word) && [...folders, 'dist'].some((folder) => word.startsWith(`${folder}/`))

/** `lib/shipped/NAME.ts`: what the reader is to put in. */
const PLACEHOLDER = /[A-Z]{2,}/

/** The words in backticks that stand for something of the source: `lib/raft`, `quorum.ts`, `dist/cli.js`. */
function placesOf(page: string): readonly string[] {
  const words = [...textOf(page).matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.split(/\s+/))
  return words.filter((word) => (isFileName(word) || isPath(word)) && !PLACEHOLDER.test(word))
}

/** A test may be named without its ending, and what is run by what it is compiled from. */
function isThere(place: string): boolean {
  if (isFileName(place)) return fileNames.has(place)
  const source = place.replace(/^dist\/(.*)\.js$/, '$1.ts')
  return ['', '.ts', '.test.ts'].some((ending) => existsSync(join(project, source + ending)))
}

t.test('every link within the project leads to a page that is there, and to a heading of it', async (t) => {
  const dead = pages.flatMap((page) =>
    linksOf(page)
      .filter((link) => leadsNowhere(page, link))
      .map((link) => `${page}: ${link}`),
  )
  t.ok(pages.length > 10, 'there are pages')
  t.same(dead, [])
})

t.test('every file of the source that a page names in backticks is there', async (t) => {
  const named = pages.flatMap((page) => placesOf(page).map((place) => ({ page, place })))
  t.ok(named.length > 100, 'pages name files')
  t.same(
    named.filter(({ place }) => !isThere(place)).map(({ page, place }) => `${page}: ${place}`),
    [],
  )
})

t.test('every page can be reached from the README', async (t) => {
  const reached = new Set(['README.md'])
  for (const page of reached)
    for (const link of linksOf(page)) {
      const target = relative('.', join(dirname(page), link.split('#')[0] ?? ''))
      if (pages.includes(target)) reached.add(target)
    }
  t.same(
    pages.filter((page) => !reached.has(page)),
    [],
  )
})

t.test('no page has both sides of a merge in it', async (t) => {
  for (const page of pages) t.notMatch(textOf(page), /^(?:<{7}|>{7})/m, page)
})
