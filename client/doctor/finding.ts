/** What the doctor says: one sentence of what was seen, and what to do about it. */
export interface Finding {
  /** `note` is worth knowing and harms nothing now. */
  readonly level: 'ok' | 'note' | 'problem'
  /** Who it is about: `name server localhost:9090`, `node1`, `cluster rollcall`. */
  readonly about: string
  readonly what: string
  /** What to do. Every problem has it. */
  readonly advice?: string
}

export const fine = (about: string, what: string): Finding => ({ level: 'ok', about, what })
export const note = (about: string, what: string): Finding => ({ level: 'note', about, what })
export const problem = (about: string, what: string, advice: string): Finding => ({
  level: 'problem',
  about,
  what,
  advice,
})

/** One line each, what matters in front. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ about }) => about.length))
  return findings
    .map(({ level, about, what, advice }) => {
      const mark = level === 'problem' ? 'PROBLEM' : level
      return `${mark.padEnd(7)}  ${about.padEnd(width)}  ${what}${advice === undefined ? '' : ` → ${advice}`}`
    })
    .join('\n')
}
