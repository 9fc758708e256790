/**
 * Mistakes that a simulation must notice within 200 seeds: what is replaced in a built file of the library, by what,
 * and the scenario whose seeds must find it.
 *
 * @typedef {{ name: string, scenario: string, file: string, search: string, replacement: string }} SimulatedMutant
 */

/** @type {readonly (readonly [scenario: string, name: string, file: string, search: string, replacement: string])[]} */
const rows = [
  // Time
  [
    'fleet',
    'deadlines are watched once only',
    'base/deadline-scan.js',
    'if (this.#earliest !== Infinity)',
    'if (false)',
  ],
  [
    'fleet',
    'expired commands keep their callers waiting',
    'connection/pending.js',
    'ring.abandon(entry);\n            count++;\n            handler.onError(makeError(command, true));',
    'ring.abandon(entry);\n            count++;',
  ],
  // What was sent
  [
    'fleet',
    'timed-out commands say that nothing was sent',
    'connection/pending.js',
    'handler.onError(makeError(command, true));',
    'handler.onError(makeError(command, false));',
  ],
  [
    'fleet',
    'lost commands say that nothing was sent',
    'connection/pending.js',
    'handler.onError(makeError(command, isSent));',
    'handler.onError(makeError(command, false));',
  ],
  [
    'fleet',
    'writes are retried although they were sent',
    'policy/retry.js',
    'return isTransport && (!error.sent || isRead(command));',
    'return isTransport;',
  ],
  // Pairing of replies
  [
    'fleet',
    'late replies are not swallowed',
    'connection/pending.js',
    'ring.abandon(entry);\n            count++;',
    'ring.drop();\n            count++;',
  ],
  [
    'fleet',
    'memory is written over before it was flushed',
    'connection/connection.js',
    'writer.release(transport.isFlushed);',
    'writer.release(true);',
  ],
  [
    'fleet',
    'a probe in classic text costs the connection',
    'connection/reply-shape.js',
    'isDone(command, reply) || isVersion(command, reply)',
    'isDone(command, reply)',
  ],
  // Order
  [
    'fleet',
    'retries do not hold up later commands of their key',
    'policy/attempts.js',
    'if (!this.isOrdering || !this.#queue.follow(attempt))',
    'if (true)',
  ],
  [
    'fleet',
    'commands of one key go out on several connections',
    'pool/connection-set.js',
    'if (!this.#keepsOrder || this.size < 2)',
    'if (true)',
  ],
  [
    'fleet',
    'commands of a leaving connection are overtaken',
    'pool/connection-set.js',
    'for (const connection of this.#leaving)\n            if (connection.conflictsWith(command))\n                return undefined;',
    '',
  ],
  // Nodes
  ['fleet', 'an ejected node is never readmitted', 'cluster/health-keeper.js', 'health.succeed(now);', ''],
  [
    'fleet',
    'a key goes to another node without an ejection',
    'cluster/cluster.js',
    "if (this.#options.failure !== 'redistribute' || ownerOnly)",
    'if (ownerOnly)',
  ],
  [
    'fleet',
    'writes to an ejected node say that they were stored',
    'cluster/cluster.js',
    'handler.onReply(missFor(command, owner.node.name));',
    "{ const reply = missFor(command, owner.node.name); if (command.verb === 'store') reply.status = 'ok'; handler.onReply(reply); }",
  ],
  [
    'fleet',
    'close leaves the timer of the reaper',
    'pool/reaper.js',
    'stop() {\n        this.#timer?.clear();',
    'stop() {',
  ],
  // Gets that are shared
  [
    'fleet',
    'a get joins another across a write of its client',
    'policy/coalesce.js',
    'forgetGets();\n        this.#next.dispatch',
    'this.#next.dispatch',
  ],
  // Server
  ['fleet', 'cas does not compare', 'store/execute-store.js', 'if (command.cas === cas)', 'if (true)'],
  [
    'fleet',
    'a cas that fails says that it stored',
    'store/execute-store.js',
    "return engine.reply.reset('exists');",
    "return engine.reply.reset('ok');",
  ],
  // Proxy
  [
    'proxy',
    'the front cache keeps what a write has changed',
    'proxy/routes/front-cache-route.js',
    'onReply: (reply) => {\n                this.#forget(key);\n                handler.onReply(reply);',
    'onReply: (reply) => {\n                handler.onReply(reply);',
  ],
  [
    'proxy',
    'the front cache is filled by a get from before a write',
    'proxy/routes/front-cache-route.js',
    'if (this.#fills.get(key) !== fill)\n            return;',
    '',
  ],
  [
    'proxy',
    'the proxy retries writes that were sent',
    'policy/retry.js',
    'return isTransport && (!error.sent || isRead(command));',
    'return isTransport;',
  ],
  [
    'proxy',
    'commands of one key go out on several connections',
    'pool/connection-set.js',
    'if (!this.#keepsOrder || this.size < 2)',
    'if (true)',
  ],
  ['proxy', 'an ejected node is never readmitted', 'cluster/health-keeper.js', 'health.succeed(now);', ''],
  // Couchbase
  [
    'couchbase',
    'refused commands are not sent again, and count as done',
    'couchbase/resend.js',
    'const isElsewhere = reply.code === status.notMyVbucket;',
    "const isElsewhere = reply.code === status.notMyVbucket;\n        if (isElsewhere && command.verb === 'store') { reply.status = 'ok'; return false; }",
  ],
  [
    'couchbase',
    'lost writes are retried although they were sent',
    'policy/retry.js',
    'return isTransport && (!error.sent || isRead(command));',
    'return isTransport;',
  ],
  [
    'couchbase',
    'timed-out commands say that nothing was sent',
    'connection/pending.js',
    'handler.onError(makeError(command, true));',
    'handler.onError(makeError(command, false));',
  ],
  ['couchbase', 'an ejected node is never readmitted', 'cluster/health-keeper.js', 'health.succeed(now);', ''],
];

export const mutants = rows.map(([scenario, name, file, search, replacement]) => ({
  scenario,
  name,
  file,
  search,
  replacement,
}));
