/** Maps, sets and lists of the cluster, as a client makes them. */
import { checkValue, type Rule } from '../../rpc/options.js'
import { SharedList } from './list.js'
import { SharedMap } from './map.js'
import type { CollectionPorts } from './ports.js'
import { SharedSet } from './set.js'

const NAME: Rule = {
  holds: (value) => typeof value === 'string' && value !== '' && value.length <= 512,
  wanted: 'a text of 1 to 512 characters',
}

export class Collections {
  constructor(private readonly ports: CollectionPorts) {}

  map<V>(name: string): SharedMap<V> {
    checkValue('map: the name', name, NAME)
    return new SharedMap(this.ports, name)
  }

  set(name: string): SharedSet {
    checkValue('set: the name', name, NAME)
    return new SharedSet(this.ports, name)
  }

  list<V>(name: string): SharedList<V> {
    checkValue('list: the name', name, NAME)
    return new SharedList(this.ports, name)
  }
}
