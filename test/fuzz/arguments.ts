/** What the long run is told to do, read before anything begins. */
import { parseArgs } from 'node:util'

export interface Arguments {
  readonly minutes: number
  /** Default: undefined, for one by chance. */
  readonly seed: number | undefined
  /** Names of targets, one at least. */
  readonly targets: readonly string[]
  /** One input of one target; undefined: all that the seeds draw. */
  readonly path: string | undefined
}

export const HELP = `npm run fuzz -- [--minutes N] [--seed S] [--target WORD] [--path P]

  --minutes N    goes on for so long, a number above 0; default 1
  --seed S       the first seed, a whole number from -2147483648 to 2147483647; default: by chance
  --target WORD  only the targets whose rule holds WORD; default: all
  --path P       one input again, as a failure has printed it: 12 or 12:0:3; with --seed, and a --target that is one alone

All targets in turn, each time with the next seed, until the time is over. Exit code 1 if a rule was broken.`

/** `names`: of all targets. @throws Error with a sentence that says which argument is wrong */
export function readArguments(args: readonly string[], names: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      target: { type: 'string', default: '' },
      path: { type: 'string' },
    },
  })
  const seed = values.seed === undefined ? undefined : readSeed(values.seed)
  const targets = chosen(values.target, names)
  if (values.path !== undefined) demandReplay(values.path, seed, targets)
  return { minutes: readMinutes(values.minutes), seed, targets, path: values.path }
}

function readMinutes(text: string): number {
  const minutes = Number(text)
  if (text.trim() !== '' && Number.isFinite(minutes) && minutes > 0) return minutes
  throw new Error(`--minutes wants a number above 0, and not ${JSON.stringify(text)}`)
}

function readSeed(text: string): number {
  const seed = Number(text)
  if (text.trim() !== '' && (seed | 0) === seed) return seed
  throw new Error(`--seed wants a whole number of 32 bits, and not ${JSON.stringify(text)}`)
}

/** A whole name means that target alone. */
function chosen(word: string, names: readonly string[]): readonly string[] {
  if (names.includes(word)) return [word]
  const found = names.filter((name) => name.includes(word))
  if (found.length > 0) return found
  throw new Error(`--target ${JSON.stringify(word)} is in no rule; there are:\n  ${names.join('\n  ')}`)
}

function demandReplay(path: string, seed: number | undefined, targets: readonly string[]): void {
  if (!/^\d+(:\d+)*$/.test(path))
    throw new Error(`--path wants numbers with colons between them, and not ${JSON.stringify(path)}`)
  if (seed === undefined) throw new Error('--path wants the --seed that it was printed with')
  if (targets.length > 1) throw new Error(`--path wants a --target that is one alone, not ${targets.length}`)
}
