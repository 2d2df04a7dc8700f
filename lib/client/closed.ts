/** What a client says that is closed. */
import { UnreachableError } from '../rpc/errors.js'
import { metOutside } from '../rpc/met-outside.js'

export function closed(): UnreachableError {
  const error = new UnreachableError('this client is closed; nobody was asked')
  metOutside(error)
  return error
}
