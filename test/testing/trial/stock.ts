import { command, query } from 'rollcall'

export class Stock {
  left = new Map<string, number>()

  @command deliver(item: string): number {
    this.left.set(item, this.count(item) + 1)
    return this.count(item)
  }

  @command sell(item: string): number {
    if (this.count(item) === 0) throw new RangeError(`no ${item} is left`)
    this.left.set(item, this.count(item) - 1)
    return this.count(item)
  }

  @query count(item: string): number {
    return this.left.get(item) ?? 0
  }
}
