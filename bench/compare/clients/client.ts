import type { Operation } from '../contender.js'

/** The n-th call of a loop. Rejects if it has failed. */
export type Client = Readonly<Record<Operation, (n: number) => Promise<unknown>>>

/** `place`: as its contender writes it. */
export type Connect = (place: string) => Promise<Client>
