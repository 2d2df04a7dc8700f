/** Files that say who may do what: read at the start, and anew when they have changed. */
import { constants, readFileSync, statSync } from 'node:fs'
import { readAccessTable, type AccessTable } from '../access/access-table.js'
import { readTokens, type Tokens } from '../access/tokens.js'
import type { AccessOptions } from '../access/sources.js'
import { UsageError } from '../command-line/report.js'
import type { Clock, Logger } from '../ports.js'
import { parseJson } from '../json.js'
import { idleClock } from './clock.js'
import { WatchedFiles } from './watched-files.js'

interface AccessFlags {
  readonly 'token-file'?: string | undefined
  readonly 'access-file'?: string | undefined
}

const TOKEN_FLAG = '--token-file'
const ACCESS_FLAG = '--access-file'
const FILE_BYTES_MAX = 1024 * 1024

/** Of a process that serves. @throws UsageError that names the file and what is wrong with it */
export function accessOfFlags(
  flags: AccessFlags,
  logger: Logger,
  clock: Clock = idleClock,
): Pick<AccessOptions, 'token' | 'access'> {
  const { 'token-file': tokenFile, 'access-file': accessFile } = flags
  const ports = { logger, clock }
  return {
    token: tokenFile === undefined ? undefined : tokensIn(tokenFile, ports),
    access: accessFile === undefined ? undefined : tableIn(accessFile, ports),
  }
}

/** Of a process that only calls. @throws UsageError */
export function tokenOfFlags(
  { 'token-file': file }: Pick<AccessFlags, 'token-file'>,
  warn: (sentence: string) => void,
): string | undefined {
  return file === undefined ? undefined : reading(TOKEN_FLAG, file, readTokens, warn)[0]
}

interface Ports {
  readonly logger: Logger
  readonly clock: Clock
}

function tokensIn(file: string, ports: Ports): Tokens {
  return watched(TOKEN_FLAG, file, readTokens, ports)
}

function tableIn(file: string, ports: Ports): () => AccessTable {
  return watched(ACCESS_FLAG, file, (text) => readAccessTable(parsed(text)), ports)
}

/** As it was last read and found to be right. */
function watched<T>(
  flag: string,
  file: string,
  read: (text: string) => T,
  { logger, clock }: Ports,
): () => T {
  const files = new WatchedFiles({
    files: [file],
    read: () => reading(flag, file, read, (sentence) => logger.warn(sentence)),
    renewed: () => logger.info(`${flag}: ${file} was read anew`),
    failed: (error) => logger.error(`${messageOf(error)}; what was read before counts on`),
    clock,
  })
  files.watch()
  return () => files.last
}

function reading<T>(
  flag: string,
  file: string,
  read: (text: string) => T,
  warn: (sentence: string) => void,
): T {
  try {
    const { mode, size } = statSync(file)
    if (size > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`)
    const result = read(readFileSync(file, 'utf8').replace(/^\ufeff/, ''))
    if (flag === TOKEN_FLAG && process.platform !== 'win32' && (mode & constants.S_IROTH) !== 0)
      warn(`${flag}: ${file} can be read by everybody: take that right away (chmod o-r ${file})`)
    return result
  } catch (error) {
    throw new UsageError(`${flag}: ${file} can't be used: ${messageOf(error)}`)
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
