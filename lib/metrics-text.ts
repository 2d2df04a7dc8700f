/** Metrics as Prometheus reads them: text format 0.0.4. */
import type { Page } from './ports.js'

export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** The lines of one metric, `rollcall_` before its name. */
export function metric(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  samples: readonly Sample[],
): string[] {
  const full = `rollcall_${name}`
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${value}`)
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines]
}

export function metricsPage(lines: readonly string[]): Page {
  return {
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    body: lines.map((line) => `${line}\n`).join(''),
  }
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
