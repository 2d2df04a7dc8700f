/** A replicated object is a plain class: commands change it and go through the log, queries only look. */
export class Visits {
  static commands = ['visit']
  static queries = ['of', 'total']

  pages = new Map()

  visit(page) {
    this.pages.set(page, this.of(page) + 1)
    return this.of(page)
  }

  of(page) {
    return this.pages.get(page) ?? 0
  }

  total() {
    return [...this.pages.values()].reduce((sum, visits) => sum + visits, 0)
  }
}

export default { visits: Visits }
