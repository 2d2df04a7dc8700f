/** The flags that several commands share: one definition for help, checks, variables and the configuration file. */
import type { InferredOptionTypes } from 'yargs'
import { DEFAULT_CLUSTER, DEFAULT_MEMBERS, NAMESERVER_PORT } from '../defaults.js'
import { KEEP_ALIVE_TIMEOUT_MS, KEEP_ALIVE_MS } from '../rpc/keep-alive.js'
import { CLIENT_CERT } from '../rpc/tls-options.js'
import { SHIPPED_NAMES } from '../shipped/index.js'
import { SETTINGS, type RangeMs } from '../member-settings.js'
import { defaulted, numberSetting, optional, switched, type Flag } from './flag.js'
import {
  choice,
  hostAlone,
  hostPort,
  hostPorts,
  hosts,
  identifier,
  list,
  members,
  origins,
  port,
  rangeMs,
  socketPath,
  someText,
  wholeNumber,
} from './values.js'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
const LOG_FORMATS = ['text', 'json'] as const
const SWITCH = ['on', 'off'] as const

const SHIPPED = SHIPPED_NAMES.join(', ')

export const FLAGS = {
  host: optional(
    '--host',
    'address to listen on',
    (text) => hostAlone('--host', text),
    'as before, at first loopback: 127.0.0.1 and ::1',
  ),
  advertise: optional(
    '--advertise',
    'HOST or HOST:PORT by which others reach it, if that is not where it listens',
    (text) => hostPort('--advertise', text),
    'where it listens',
  ),
  port: optional('--port', 'port to listen on; 0 lets the system choose', (text) => port('--port', text)),
  'listen-unix': optional(
    '--listen-unix',
    'a Unix socket to listen on beside the port, for processes of this machine: its path',
    (text) => socketPath('--listen-unix', text),
    'none',
  ),
  nameserver: optional(
    '--nameserver',
    'the name servers, HOST:PORT[,HOST:PORT…]',
    (text) => hostPorts('--nameserver', text),
    `localhost:${NAMESERVER_PORT}`,
  ),
  nameservers: switched('--nameservers', 'of the group of the name servers, in place of the cluster'),
  mdns: switched(
    '--mdns',
    'announces itself on the local network, and looks there for name servers and members',
  ),
  'mdns-allow': optional(
    '--mdns-allow',
    'whose announcements are believed, ID@HOST or ID@NETWORK,…: node1@192.168.1.5,*@192.168.7.0/24',
    (text) => list('--mdns-allow', text),
    'those of this machine',
  ),
  'mdns-token-file': optional(
    '--mdns-token-file',
    'a file with a text that all share: who has it is believed, wherever it is',
    (text) => someText('--mdns-token-file', text),
  ),
  'token-file': optional(
    '--token-file',
    'tokens of those who belong together, one a line: who has one may do everything; the first is shown to others',
    (text) => someText('--token-file', text),
    'none: nobody is asked for one',
  ),
  'access-file': optional(
    '--access-file',
    'who else may do what, by token or certificate, in JSON',
    (text) => someText('--access-file', text),
    'nobody else',
  ),
  data: optional(
    '--data',
    'folder for what must survive a restart, and where operators find the token of a member',
    (text) => someText('--data', text),
    '.rollcall/ID',
  ),
  members: optional(
    '--members',
    'the members, ID@HOST:PORT,… (to start a cluster, and as seeds for clients)',
    (text) => members('--members', text),
    `${DEFAULT_MEMBERS[0]} … ${DEFAULT_MEMBERS.at(-1)}`,
  ),
  join: optional(
    '--join',
    'members of a running cluster, ID@HOST:PORT,…; this one waits until it is added (rollcall add does all of it)',
    (text) => members('--join', text),
  ),
  'election-timeout': defaulted(
    '--election-timeout',
    'election timeouts are drawn from this range, in ms',
    `${SETTINGS.electionTimeout.default.min}-${SETTINGS.electionTimeout.default.max}`,
    (text) => rangeMs('--election-timeout', text),
  ),
  heartbeat: numberSetting(
    '--heartbeat',
    "the time between a leader's heartbeats, in ms",
    SETTINGS.heartbeat,
  ),
  'read-lease': {
    ...defaulted(
      '--read-lease',
      'whether a leader answers queries by a lease, without asking a majority each time; of use once a majority has it on',
      SETTINGS.readLease.default ? 'on' : 'off',
      (text) => choice('--read-lease', SWITCH, text),
    ),
    choices: SWITCH,
  },
  'log-level': {
    ...defaulted('--log-level', 'the least important lines to log', 'info', (text) =>
      choice('--log-level', LOG_LEVELS, text),
    ),
    choices: LOG_LEVELS,
  },
  'log-format': {
    ...defaulted('--log-format', 'how log lines look', 'text', (text) =>
      choice('--log-format', LOG_FORMATS, text),
    ),
    choices: LOG_FORMATS,
  },
  'log-file': optional(
    '--log-file',
    'a file to log to, opened anew at SIGHUP',
    (text) => someText('--log-file', text),
    'standard error',
  ),
  'log-wire': switched(
    '--log-wire',
    'print each message that comes or goes, tokens left out: arguments and results stand in it',
  ),
  objects: optional('--objects', `your own replicated classes beside ${SHIPPED}; a module's file`, (text) =>
    list('--objects', text),
  ),
  'allow-object': optional(
    '--allow-object',
    'the objects that may be called, a,b,…',
    (text) => list('--allow-object', text),
    SHIPPED,
  ),
  'log-keep': optional(
    '--log-keep',
    'how many of the newest entries of the object log can be read; the same on every member',
    (text) => wholeNumber('--log-keep', text, 1, 1_000_000_000_000),
    'all',
  ),
  'method-limit': numberSetting(
    '--method-limit',
    'a method of an object that runs for longer, in ms, stops the member',
    SETTINGS.methodLimit,
  ),
  'allow-host': optional(
    '--allow-host',
    'names by which programs of HTTP may call it beside its own: node1.example,proxy.example:8443,…',
    (text) => hosts('--allow-host', text),
    'none',
  ),
  'state-bytes': numberSetting(
    '--state-bytes',
    'what the objects may hold, in bytes of their snapshots; 0: a quarter of the heap',
    SETTINGS.stateBytes,
  ),
  'allow-origin': optional(
    '--allow-origin',
    'web pages that may call, by their origins: https://app.example,…',
    (text) => origins('--allow-origin', text),
    'none',
  ),
  'keep-alive': optional(
    '--keep-alive',
    'how long a connection of HTTP stays open from one request to the next, in ms: longer than whatever is in front keeps one',
    (text) => wholeNumber('--keep-alive', text, KEEP_ALIVE_MS.least, KEEP_ALIVE_MS.most),
    String(KEEP_ALIVE_TIMEOUT_MS),
  ),
  priority: numberSetting(
    '--priority',
    'of the members that could lead, the one with the highest priority does',
    SETTINGS.priority,
  ),
  'tls-ca': optional(
    '--tls-ca',
    'speak TLS, and take certificates of the authorities in this file alone',
    (text) => someText('--tls-ca', text),
  ),
  'tls-crl': optional(
    '--tls-crl',
    'the file of the certificates that these authorities have taken back, in PEM',
    (text) => someText('--tls-crl', text),
  ),
  'tls-cert': optional('--tls-cert', 'the file of the certificate to show, in PEM', (text) =>
    someText('--tls-cert', text),
  ),
  'tls-key': optional('--tls-key', 'the file of its key', (text) => someText('--tls-key', text)),
  'tls-client-cert': {
    ...optional(
      '--tls-client-cert',
      'whether who connects must show a certificate, too',
      (text) => choice('--tls-client-cert', CLIENT_CERT, text),
      'none',
    ),
    choices: CLIENT_CERT,
  },
  insecure: switched(
    '--insecure',
    'listen for other machines without TLS, or without asking who calls: where the network keeps strangers away',
  ),
  nodes: defaulted(
    '--nodes',
    'how many nodes (1 to 99), on the ports from 9101 on; --members names others',
    '4',
    (text) => wholeNumber('--nodes', text, 1, 99),
  ),
  timeout: optional(
    '--timeout',
    'give up after this many milliseconds',
    (text) => wholeNumber('--timeout', text, 1, 86_400_000),
    '60000; for transfer 10000',
  ),
  cluster: defaulted('--cluster', "the cluster's name", DEFAULT_CLUSTER, (text) =>
    identifier('--cluster', text),
  ),
} as const satisfies Readonly<
  Record<string, Flag<boolean | string | number | RangeMs | readonly string[] | undefined>>
>

export type FlagName = keyof typeof FLAGS

/** Whether a flag has that name; `constructor` is none. */
export const isFlagName = (name: string): name is FlagName => Object.hasOwn(FLAGS, name)

export const FLAG_NAMES: readonly FlagName[] = Object.keys(FLAGS).filter(isFlagName)

/** What a handler gets for the flags that its command declared. */
export type FlagValues<Name extends FlagName> = InferredOptionTypes<Pick<typeof FLAGS, Name>>

/** The part of {@link FLAGS} that a command wants. */
export function pickFlags<Name extends FlagName>(names: readonly Name[]): Pick<typeof FLAGS, Name> {
  const picked: Partial<Pick<typeof FLAGS, Name>> = {}
  for (const name of names) picked[name] = FLAGS[name]
  return picked as Pick<typeof FLAGS, Name>
}
