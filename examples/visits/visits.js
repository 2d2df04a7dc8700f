/** A replicated object is a plain class: commands change it and go through the log, queries only look. */
export class Visits {
  static commands = ['visit']
  static queries = ['of', 'total']

  pages = {}

  visit(page) {
    return (this.pages[page] = (this.pages[page] ?? 0) + 1)
  }

  of(page) {
    return this.pages[page] ?? 0
  }

  total() {
    return Object.values(this.pages).reduce((sum, visits) => sum + visits, 0)
  }
}

export default { visits: Visits }
