/** Files that say who may do what: read at the start, and again at SIGHUP; what can't be read then changes nothing. */
import { constants, readFileSync, statSync } from 'node:fs'
import { readAccessTable, type AccessTable } from '../access/access-table.js'
import { readTokens, type Tokens } from '../access/tokens.js'
import type { AccessOptions } from '../access/sources.js'
import { UsageError } from '../command-line/report.js'
import type { Logger } from '../ports.js'
import { parseJson } from '../json.js'
import { onHangup } from './hangup.js'

interface AccessFlags {
  readonly 'token-file'?: string | undefined
  readonly 'access-file'?: string | undefined
}

const TOKEN_FLAG = '--token-file'
const ACCESS_FLAG = '--access-file'
const FILE_BYTES_MAX = 1024 * 1024

/** Of a process that serves. @throws UsageError that names the file and what is wrong with it */
export function accessOfFlags(flags: AccessFlags, logger: Logger): Pick<AccessOptions, 'token' | 'access'> {
  const { 'token-file': tokenFile, 'access-file': accessFile } = flags
  return {
    token: tokenFile === undefined ? undefined : tokensIn(tokenFile, logger),
    access: accessFile === undefined ? undefined : tableIn(accessFile, logger),
  }
}

/** Of a process that only calls. @throws UsageError */
export function tokenOfFlags(
  { 'token-file': file }: Pick<AccessFlags, 'token-file'>,
  warn: (sentence: string) => void,
): string | undefined {
  return file === undefined ? undefined : reading(TOKEN_FLAG, file, readTokens, warn)[0]
}

function tokensIn(file: string, logger: Logger): Tokens {
  return kept(TOKEN_FLAG, file, readTokens, logger)
}

function tableIn(file: string, logger: Logger): () => AccessTable {
  return kept(ACCESS_FLAG, file, (text) => readAccessTable(parsed(text)), logger)
}

/** As it was last read and found to be right. */
function kept<T>(flag: string, file: string, read: (text: string) => T, logger: Logger): () => T {
  const warn = (sentence: string): void => logger.warn(sentence)
  let last = reading(flag, file, read, warn)
  onHangup(() => {
    try {
      last = reading(flag, file, read, warn)
      logger.info(`${flag}: ${file} was read anew`)
    } catch (error) {
      logger.error(`${messageOf(error)}; what was read before counts on`)
    }
  })
  return () => last
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
