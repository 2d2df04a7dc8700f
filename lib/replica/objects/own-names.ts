/** The names of the objects that every member has by itself: nobody else's object may have one of them. */

/** How callers open, keep and close sessions. */
export const SESSION_OBJECT = 'session'

/** Several commands as one, unless a user's object has that name. */
export const ATOMIC_OBJECT = 'atomic'

/**
 * What a member says beside the commands of a class whose objects can be put back: no method has that name. So one of a
 * build that knows of no atomic entries never gets one.
 */
export const ATOMICALLY = '(atomically)'

/** The command that ends what is over in an object, where its class has `nextExpiry`: only the leader writes it. */
export const EXPIRE = 'expire'

/** What happens to the others, told to whoever asks. */
export const WATCH_OBJECT = 'watch'
