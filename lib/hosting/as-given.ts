/** The lists among the options of a process that is started. */
interface Lists {
  readonly members?: readonly string[] | undefined
  readonly join?: readonly string[] | undefined
  readonly allowHosts?: readonly string[] | undefined
  readonly allowOrigins?: readonly string[] | undefined
}

/** As they are now: a start takes its time, and whoever starts several may go on with the same lists. */
export function asGiven<Options extends Lists>(options: Options): Options {
  const { members, join, allowHosts, allowOrigins } = options
  return {
    ...options,
    members: members && [...members],
    join: join && [...join],
    allowHosts: allowHosts && [...allowHosts],
    allowOrigins: allowOrigins && [...allowOrigins],
  }
}
