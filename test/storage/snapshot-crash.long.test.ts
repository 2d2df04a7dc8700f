import t from 'tap'
import { crashAmidSnapshots, rule } from './snapshot-crash-lives.js'

void t.test(rule, (t) => t.resolves(crashAmidSnapshots(1000)))
