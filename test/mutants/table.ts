import type { Finding } from './finding.js'
import type { Verdict } from './judge.js'
import { SIMULATOR } from './patch.js'

/** Of what is quoted. */
const LONGEST = 160

/** One line for the terminal. */
export function line(verdict: Verdict): string {
  const { mutant, isCaught, seeds } = verdict
  const by = [...testCells(verdict), ...(seeds > 0 ? [`${SIMULATOR}: ${simulatorCell(verdict)}`] : [])]
  const said = isCaught ? 'caught' : 'SURVIVED'
  return `${said.padEnd(9)} ${mutant.room.padEnd(11)} ${mutant.name}\n${by.map((each) => `${' '.repeat(22)}${each}\n`).join('')}`
}

/** The page docs/internals/mutants.md. */
export function page(verdicts: readonly Verdict[], seeds: number): string {
  const rooms = [...new Set(verdicts.map(({ mutant }) => mutant.room))]
  const caught = verdicts.filter(({ isCaught }) => isCaught).length
  return `# Broken on purpose

Each line is a mistake that somebody made, or that a rule of the paper guards against, kept as a patch in
\`test/mutants/patches\`. \`npm run mutants -- --write\` puts one after another into a copy of the project, runs what
should notice it, and writes this page. ${verdicts.length} mistakes, ${caught} of them caught by all that their patches
name. ${simulatorSentence(verdicts, seeds)}

${rooms.map((room) => section(room, verdicts)).join('\n')}`
}

function simulatorSentence(verdicts: readonly Verdict[], seeds: number): string {
  if (seeds === 0) return 'The simulator was not asked this time.'
  const noticed = verdicts.filter(({ simulator }) => simulator?.isCatch).length
  return `The simulator, asked about all of them, notices ${noticed} within ${seeds} seeds; the seed is the first that fails.`
}

function section(room: string, verdicts: readonly Verdict[]): string {
  const rows = verdicts
    .filter(({ mutant }) => mutant.room === room)
    .map((verdict) => {
      const { name, mistake, seenIn } = verdict.mutant
      return `| \`${name}\` | ${mistake} | ${seenIn} | ${testCells(verdict).join('; ')} | ${simulatorCell(verdict)} |`
    })
  return `## ${room}

| patch | mistake | seen in | caught by | simulator |
|---|---|---|---|---|
${rows.join('\n')}
`
}

function testCells({ tests }: Verdict): readonly string[] {
  return tests.map(({ file, finding }) => `${file.replace(/^test\//, '')}: ${said(finding, 'NOT NOTICED')}`)
}

function simulatorCell({ simulator, seeds }: Verdict): string {
  return said(simulator, seeds > 0 ? `not in ${seeds} seeds` : 'not asked')
}

/** As it may stand in a cell. */
function said(finding: Finding | undefined, otherwise: string): string {
  if (finding === undefined) return otherwise
  const text = finding.said.length > LONGEST ? `${finding.said.slice(0, LONGEST)}…` : finding.said
  return `${finding.isCatch ? '' : 'NOT SHOWN: '}${text.replaceAll('|', '\\|')}`
}
