import { serve } from 'rollcall'

const nameserver = process.env.NAMESERVER ?? 'localhost:9090'

class Greeter {
  static exposed = ['greet']

  greet(name) {
    return `hello, ${name}`
  }
}

await serve({ greeter: new Greeter() }, { nameserver })
console.log('serving')
