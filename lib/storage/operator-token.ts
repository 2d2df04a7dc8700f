/**
 * The token of whoever operates the member in a data folder: `operator.token`, one line that anybody can read who may
 * read the folder's files. It is made once, and outlives everything but its removal.
 */
import type { Disk, Random } from '../ports.js'
import { DamagedStorageError } from './errors.js'
import { replaceFile, withFile } from './small-file.js'

export const operatorTokenFileName = 'operator.token'

/** As it is made; who writes one of his own need not keep to that. */
const TOKEN = /^[!-~]{16,1000}$/

/** Undefined: there is none. Rejects with a DamagedStorageError for what is no token. */
export async function readOperatorToken(disk: Disk): Promise<string | undefined> {
  if (!(await disk.list()).includes(operatorTokenFileName)) return undefined
  const bytes = await withFile(disk, operatorTokenFileName, (file) => file.read(0, 2000))
  const token = new TextDecoder().decode(bytes).trim()
  if (TOKEN.test(token)) return token
  throw new DamagedStorageError(
    operatorTokenFileName,
    0,
    'one line of 16 to 1000 visible ASCII characters, and no more',
    'Delete this file, and another one is made at the next start',
  )
}

/** Durable when it resolves. */
export async function makeOperatorToken(disk: Disk, random: Random): Promise<string> {
  const token = `${random.identifier()}${random.identifier()}`.replaceAll('-', '')
  await replaceFile(disk, operatorTokenFileName, new TextEncoder().encode(`${token}\n`))
  return token
}
