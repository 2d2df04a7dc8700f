/** The name server's records, as text. */
import { fit } from './fit.js'
import { printable } from '../../lib/printable.js'
import type { NameRecord } from '../../lib/names.js'

export function renderNames(records: readonly NameRecord[], columns: number): string {
  if (records.length === 0) return 'no names are registered'
  const rows = records.map(({ name, uri, uris = [uri], metadata }) =>
    [name, uris.join(' '), metadata.join(' ')].map(printable),
  )
  const width = Math.max(...rows.map(([name = '']) => name.length))
  return rows
    .map(([name = '', ...rest]) => [name.padEnd(width), ...rest].join('  ').trimEnd())
    .map((line) => fit(line, columns))
    .join('\n')
}
