/** For tests about bytes and doors: a machine that is busy costs no leader its office. */
export const CALM: readonly string[] = ['--election-timeout', '1000-2000', '--heartbeat', '200']
