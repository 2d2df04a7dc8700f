/** The names of the objects that every member has by itself: nobody else's object may have one of them. */

/** How callers open, keep and close sessions. */
export const SESSION_OBJECT = 'session'

/** What happens to the others, told to whoever asks. */
export const WATCH_OBJECT = 'watch'
