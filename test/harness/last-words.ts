/** What the processes of a test said last: told of a wait that was in vain, and when a test times out. */

export interface Speaker {
  /** The beginning of its command line. */
  readonly name: string
  readonly isRunning: boolean
  readonly stdout: string
  readonly stderr: string
}

const LINES_MAX = 6
/** By folder and name: of those that were started again the last run. */
const speakers = new Map<string, Map<string, Speaker>>()

export function listenTo(speaker: Speaker, folder: string): void {
  const inFolder = speakers.get(folder) ?? new Map<string, Speaker>()
  speakers.set(folder, inFolder.set(speaker.name, speaker))
}

/** The folder is gone, and all that ran in it. */
export function forgetSpeakers(folder: string): void {
  speakers.delete(folder)
}

export function lastWords(): string {
  const all = [...speakers.values()].flatMap((inFolder) => [...inFolder.values()])
  return all.map(wordsOf).join('\n')
}

function wordsOf({ name, isRunning, stdout, stderr }: Speaker): string {
  const lines = [stdout, stderr].flatMap((text) => text.trimEnd().split('\n').slice(-LINES_MAX))
  const said = lines.filter((line) => line !== '').map((line) => `    ${line}`)
  return [`rollcall ${name}, which ${isRunning ? 'runs' : 'has ended'}, said last:`, ...said].join('\n')
}
