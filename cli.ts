#!/usr/bin/env node
/** What is started as `rollcall`. */
import './command.js'
