/** Some of the seeds of restart.long.test.ts. */
import t from 'tap'
import { restartTests } from './restarts.js'

restartTests(t, 3)
