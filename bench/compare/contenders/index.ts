/** In the order of the tables. */
import type { Contender } from '../contender.js'
import { ETCD } from './etcd.js'
import { FLOOR, FLOOR_OF_BYTES } from './floor.js'
import { PYSYNCOBJ } from './pysyncobj.js'
import { REDIS } from './redis.js'
import { ROLLCALL } from './rollcall.js'

export const CONTENDERS: readonly Contender[] = [FLOOR_OF_BYTES, FLOOR, ROLLCALL, ETCD, REDIS, PYSYNCOBJ]
