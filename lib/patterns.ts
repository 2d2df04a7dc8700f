/** What names are made of, at whichever door they come in. */

/** A member's id, and a cluster's name: names and URIs are built with them, and folders are called by them. */
export const IDENTIFIER = /^[\p{L}\p{N}_-][\p{L}\p{N}_.-]*$/u
export const IDENTIFIER_PARTS = 'letters, digits, "_", "-" and "."'

/** A host, with or without a port. A star, which would let in every page that can be made to resolve here, is none. */
export const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i

/** A host or an address alone, in whatever letters: a single colon stands before a port, and so do brackets. */
export const HOST_ALONE = /^[^\s/:[\]]+$|^[^\s/:[\]]*:[^\s/[\]]*:[^\s/[\]]*$/

/** `https://app.example`, `http://localhost:3000`: as browsers write an origin. */
export const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/
