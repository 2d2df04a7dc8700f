import t from 'tap'
import { survivesChaos } from './chaos.js'

t.test('safety under chaos, and recovery after it', (t) => survivesChaos(t, 150))
