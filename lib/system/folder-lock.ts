/** A folder that this process has for itself. */
export interface FolderLock {
  /** Harmless when it was called before. */
  release(): Promise<void>
}
