/** What Prometheus' own libraries tell of a process, under the names that dashboards know. */
import { readdirSync } from 'node:fs'
import { getHeapStatistics } from 'node:v8'
import { metric } from '../metrics-text.js'
import type { Security } from './security.js'

const STARTED_SECONDS = (performance.timeOrigin / 1000).toFixed(3)

/** What a process speaks by, as far as it ends. */
export type SecurityEnds = Pick<Security, 'certificateEndsAt' | 'revocationsEndAt'>

/** Lines of Prometheus' text format 0.0.4, about this process. `security`: by which it speaks, if by any. */
export function processMetrics(security?: SecurityEnds): readonly string[] {
  const { user, system } = process.cpuUsage()
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return [
    ...lines(
      'process_cpu_seconds_total',
      'counter',
      'Processor time, of all threads.',
      (user + system) / 1e6,
    ),
    ...lines('process_resident_memory_bytes', 'gauge', 'Memory in use.', process.memoryUsage.rss()),
    ...lines('process_start_time_seconds', 'gauge', 'When it began, since 1970.', STARTED_SECONDS),
    ...lines('nodejs_heap_size_used_bytes', 'gauge', 'Of the heap in use.', used),
    ...lines('nodejs_heap_size_limit_bytes', 'gauge', 'To which the heap can grow.', limit),
    ...lines('process_open_fds', 'gauge', 'Descriptors in use.', openDescriptors()),
    ...endOf(
      'tls_certificate_expiry_timestamp_seconds',
      'When the certificate that is shown to others ends, since 1970.',
      security?.certificateEndsAt,
    ),
    ...endOf(
      'tls_crl_expiry_timestamp_seconds',
      'When the first of the lists of certificates that were taken back ends, since 1970.',
      security?.revocationsEndAt,
    ),
  ]
}

function endOf(name: string, help: string, endsAt: number | undefined): readonly string[] {
  return endsAt === undefined ? [] : metric(name, 'gauge', help, [[{}, endsAt / 1000]])
}

/** None where there is nothing to tell. */
function lines(name: string, type: string, help: string, value: number | string | undefined): string[] {
  if (value === undefined) return []
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`]
}

/** Linux alone tells. One is that of the folder which is read. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}
