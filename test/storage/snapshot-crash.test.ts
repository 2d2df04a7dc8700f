import t from 'tap'
import { crashAmidSnapshots, rule } from './snapshot-crash-lives.js'

void t.test(rule, () => crashAmidSnapshots(200))
