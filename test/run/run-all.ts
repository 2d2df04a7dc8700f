/**
 * Runs test files, several processes at a time, and says a line of TAP for each; of one that failed also all that it
 * printed.
 */
import { runFiles, type Patience } from './run-files.js'
import type { Section } from './sections.js'

/** Twice as many as a usual machine has cores, as many tests wait. */
const JOBS = 4

/**
 * `batches`: files that share a process. `say` is told line by line; the last is `N passed, N failed`, alone. Resolves
 * to whether all passed. A signal ends this process, and all that it has started.
 */
export async function runAll(
  batches: readonly (readonly string[])[],
  say: (text: string) => void = console.log,
  patience?: Patience,
): Promise<boolean> {
  const sections: Section[] = []
  const tell = (section: Section): void => {
    sections.push(section)
    say(lineOf(section, sections.length))
  }
  const waiting = batches.values()
  const work = async (): Promise<void> => {
    for (const files of waiting) for await (const section of runFiles(files, patience)) tell(section)
  }

  say(`TAP version 14\n1..${batches.flat().length}`)
  await Promise.all(Array.from({ length: JOBS }, work))
  say(summaryOf(sections))
  return sections.every(({ isPassed }) => isPassed)
}

function lineOf({ file, output, isPassed, milliseconds }: Section, n: number): string {
  const line = `${isPassed ? 'ok' : 'not ok'} ${n} - ${file} # time=${milliseconds.toFixed(0)}ms`
  return isPassed ? line : `# Subtest: ${file}\n${output.replace(/^(?=.)/gm, '    ')}\n${line}`
}

function summaryOf(sections: readonly Section[]): string {
  const failed = sections.filter(({ isPassed }) => !isPassed)
  const assertions = sections.reduce((sum, section) => sum + section.assertions, 0)
  return [
    ...failed.map(({ file }) => `# node ${file}`),
    `# ${assertions} assertions`,
    `${sections.length - failed.length} passed, ${failed.length} failed`,
  ].join('\n')
}
