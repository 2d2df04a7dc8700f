/** What is installed is found without asking the registry about each package, and by the name that stands for any registry. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { project } from './house.js'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly resolved?: string }>>
}

for (const file of ['package-lock.json', 'packaging/tools/package-lock.json'])
  t.test(`${file} says of each package where it is, at npm's own registry`, async (t) => {
    const { packages } = JSON.parse(readFileSync(join(project, file), 'utf8')) as Lock
    const places = Object.entries(packages).filter(([path]) => path !== '')
    t.ok(places.length > 100)
    // npm takes this one for whichever registry it is set up for, and no other.
    const elsewhere = places.filter(
      ([, { resolved = '' }]) => !resolved.startsWith('https://registry.npmjs.org/'),
    )
    t.same(elsewhere, [])
  })
