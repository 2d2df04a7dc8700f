import t from 'tap'
import { restartTests } from './restarts.js'

t.setTimeout(120_000)
restartTests(t, 8)
