import { expose, serve } from 'rollcall'

const nameserver = process.env['NAMESERVER'] ?? 'localhost:9090'

export class Greeter {
  @expose greet(name: string) {
    return `hello, ${name}`
  }
  @expose *count(to: number) {
    for (let n = 1; n <= to; n++) yield n
  }
  @expose async each(names: string[], tell: (line: string) => unknown) {
    for (const name of names) await tell(this.greet(name))
  }
}

await serve({ greeter: new Greeter() }, { nameserver })
console.log('serving')
