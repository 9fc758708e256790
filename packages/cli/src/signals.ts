/**
 * Signals that end a command in order, and SIGUSR1, which must never reach Node's own handler: that one opens the
 * debugger, a port through which every user of the machine can run code in this process. Operators of memcached send
 * SIGUSR1 to stop it gracefully.
 *
 *   process begins ─ Node's handler ─▶ main.ts ─ ends by the signal ─▶ command runs ─ `onStop` ─▶ stops in order
 *
 * This file imports nothing, so that the first of these stretches is short; what happened in it is put right by
 * `onStop`. Node's `--disable-sigusr1` is no way out: it blocks the signal, and nobody hears of it.
 */

/** The signals that ask a command to end in order. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;

/**
 * Until a command has something to do in order, SIGUSR1 ends it as it ends every program that does not know the signal.
 */
function end(): void {
  process.off('SIGUSR1', end);
  process.kill(process.pid, 'SIGUSR1');
}

/** Takes SIGUSR1 away from Node's debugger, for the life of the process. */
export function disarmDebugger(): void {
  process.on('SIGUSR1', end);
}

/**
 * Calls `stop` at each signal that asks for the end, until the returned function is called; then these signals end the
 * process at once.
 */
export function onStop(stop: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of stopSignals) process.on(signal, stop);
  // Never without a listener: Node's handler would not come back, but the signal would kill.
  process.off('SIGUSR1', end);
  if (closeDebugger()) setImmediate(stop, 'SIGUSR1');
  return () => {
    for (const signal of stopSignals) process.off(signal, stop);
  };
}

/**
 * Closes the debugger that a SIGUSR1 opened before `disarmDebugger`; tells whether there was one. A debugger that
 * somebody asked for stays.
 */
function closeDebugger(): boolean {
  if (wantsDebugger()) return false;
  try {
    const inspector = process.getBuiltinModule('node:inspector');
    if (inspector.url() === undefined) return false;
    inspector.close();
    return true;
  } catch {
    // A runtime without a debugger.
    return false;
  }
}

/**
 * The command line of Node has an option that starts the debugger, or the environment one that may (editors preload a
 * module that does).
 */
function wantsDebugger(): boolean {
  const starts = /^--inspect(?!-port|-publish)/;
  const { NODE_OPTIONS = '' } = process.env;
  return (
    process.execArgv.some((option) => starts.test(option)) || /--inspect|-r |--require|--import/.test(NODE_OPTIONS)
  );
}
