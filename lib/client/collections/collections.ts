/** Maps, sets and lists of the cluster, as a client makes them. */
import { checkName } from '../coordination/rules.js'
import { SharedList } from './list.js'
import { SharedMap } from './map.js'
import type { CollectionPorts } from './ports.js'
import { SharedSet } from './set.js'

export class Collections {
  constructor(private readonly ports: CollectionPorts) {}

  map<V>(name: string): SharedMap<V> {
    checkName('map', name)
    return new SharedMap(this.ports, name)
  }

  set(name: string): SharedSet {
    checkName('set', name)
    return new SharedSet(this.ports, name)
  }

  list<V>(name: string): SharedList<V> {
    checkName('list', name)
    return new SharedList(this.ports, name)
  }
}
