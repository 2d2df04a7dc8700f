/** Where the two forms of dist wait. */
import { existsSync, renameSync, rmSync } from 'node:fs'

/** The package's, while it is made. */
export const STAGED = '.dist-of-package'
/** The developers', while the package's has its place. */
export const KEPT = '.dist-of-developers'

/** Does nothing where nothing waits; a pack that was interrupted leaves both. */
export function restore() {
  if (!existsSync(KEPT)) return
  rmSync('dist', { recursive: true, force: true })
  renameSync(KEPT, 'dist')
}
