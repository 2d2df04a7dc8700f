/** The name server's records, as text. */
import type { NameRecord } from '../../lib/names.js'

export function renderNames(records: readonly NameRecord[], columns: number): string {
  if (records.length === 0) return 'no names are registered'
  const width = Math.max(...records.map(({ name }) => name.length))
  return records
    .map(({ name, uri, metadata }) => `${name.padEnd(width)}  ${uri}  ${metadata.join(' ')}`.trimEnd())
    .map((line) => (line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`))
    .join('\n')
}
