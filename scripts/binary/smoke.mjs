/**
 * `npm run binary:smoke [-- BINARY]`: tries the binary in an empty folder, without Node on the PATH.
 *
 *   version, help, an error · server with items · memcached's command line as a daemon
 *   proxy with two workers by TCP, TLS and a Unix socket, in front of the server: SIGHUP, a worker that is killed,
 *   /metrics, /readyz, SIGTERM
 *   the dashboard and its files; load, doctor, top --once, and top on a terminal (tmux)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { expectMatch } from './expect-match.mjs';
import { Running } from './running.mjs';

const [given = 'dist/memfleet'] = process.argv.slice(2);
const binary = resolve(given);
const folder = mkdtempSync(join(tmpdir(), 'memfleet-smoke-'));
const env = { PATH: '/nowhere', HOME: folder };

/** @param {readonly string[]} words */
const start = (...words) => new Running(binary, words, { cwd: folder, env });

/** What it prints; throws when it fails. @param {readonly string[]} words */
const print = (...words) => execFileSync(binary, words, { cwd: folder, env, encoding: 'utf8' });

/** Sends `get greeting` and gives the reply. @param {import('node:net').Socket} socket @returns {Promise<string>} */
function ask(socket) {
  return new Promise((settle, reject) => {
    let reply = '';
    socket.setEncoding('latin1').once('error', reject);
    socket.on('data', (text) => {
      reply += String(text);
      if (!reply.endsWith('END\r\n')) return;
      socket.destroy();
      settle(reply);
    });
    socket.write('get greeting\r\n');
  });
}

async function tryServer() {
  const server = start('server', '--listen', '127.0.0.1:0');
  const [, node = ''] = await server.shows(/listens on (127\.0\.0\.1:\d+)/);
  print('set', 'greeting', 'hello', '--nodes', node);
  expectMatch('get', print('get', 'greeting', '--nodes', node), /^hello$/m);
  expectMatch('ping', print('ping', '--nodes', node), /127\.0\.0\.1/);
  expectMatch('top --once', print('top', '--once', '--nodes', node), /127\.0\.0\.1:\d+ +up/);
  expectMatch('doctor', print('doctor', '--nodes', node), /./);
  expectMatch('load', print('load', '--nodes', node, '--requests', '200'), /200/);
  return { server, node };
}

/** The configuration of the proxy. @param {string} node @param {string} second where its second listener is */
const configuration = (node, second) => `
listeners:
  - { name: plain, listen: '127.0.0.1:0', route: main }
  - { name: ${second}, listen: '${join(folder, `${second}.sock`)}', route: main }
  - name: secure
    listen: '127.0.0.1:0'
    route: main
    tls: { cert: cert.pem, key: key.pem }
clusters: { main: { nodes: ['${node}'] } }
admin: 127.0.0.1:0
workers: 2
watch: false
`;

/** @param {string} node */
async function tryProxy(node) {
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], { stdio: 'ignore' });
  const config = join(folder, 'proxy.yml');
  writeFileSync(config, configuration(node, 'first'));
  expectMatch('config check', print('config', 'check', config), /./);
  const proxy = start('proxy', '--config', config);
  await proxy.shows(/"ready"/);
  /** @param {string} listener */
  const portOf = (listener) =>
    Number(new RegExp(`"listener":"${listener}","address":"127\\.0\\.0\\.1:(\\d+)"`).exec(proxy.output)?.[1]);
  const pids = [...proxy.output.matchAll(/"workerPid":(\d+)/g)].map(([, pid]) => Number(pid));
  expectMatch('two workers', String(pids.length), /^2$/);
  const replied = /VALUE greeting \d+ 5\r\nhello\r\nEND/;
  expectMatch('a get by TCP', await ask(connect(portOf('plain'), '127.0.0.1')), replied);
  const secure = connectTls({ port: portOf('secure'), host: '127.0.0.1', rejectUnauthorized: false });
  expectMatch('a get by TLS', await ask(secure), replied);
  expectMatch('a get by a Unix socket', await ask(connect(join(folder, 'first.sock'))), replied);
  writeFileSync(config, configuration(node, 'second'));
  proxy.signal('SIGHUP');
  await proxy.shows(/"reloaded"/);
  expectMatch('a get after SIGHUP', await ask(connect(join(folder, 'second.sock'))), replied);
  process.kill(Number(pids[0]), 'SIGKILL');
  await proxy.shows(/"worker died"[^]*"worker runs"/);
  expectMatch('a get after the death of a worker', await ask(connect(portOf('plain'), '127.0.0.1')), replied);
  const [, admin] = expectMatch('the log', proxy.output, /"address":"([^"]+)","message":"admin listening"/);
  const page = async (/** @type {string} */ path) => (await fetch(`http://${admin}${path}`)).text();
  expectMatch('/metrics', await page('/metrics'), /^memfleet_worker_restarts_total 1$/m);
  expectMatch('the dashboard', await page('/'), /<!doctype html>[^]*<title>/i);
  expectMatch('its charts', await page('/page/uplot.js'), /uPlot/);
  expectMatch('/readyz', String((await fetch(`http://${admin}/readyz`)).status), /^200$/);
  proxy.signal('SIGTERM');
  expectMatch('the exit code after SIGTERM', String(await proxy.ended), /^0$/);
}

/** @param {readonly string[]} words */
const tmux = (...words) => execFileSync('tmux', ['-S', join(folder, 'tmux'), ...words], { encoding: 'utf8' });

/** The whole screen, and the end by a key. @param {string} node */
async function tryTop(node) {
  /** @param {RegExp} pattern */
  const screen = async (pattern) => {
    for (let waits = 0; waits < 600 && !pattern.test(tmux('capture-pane', '-p')); waits++) await setTimeout(50);
    return tmux('capture-pane', '-p');
  };
  const shell = `PATH=/nowhere '${binary}' top --nodes ${node}; echo ended with $?; read wait`;
  tmux('new-session', '-d', '-x', '80', '-y', '24', shell);
  try {
    const row = /every 1s[^]*^127\.0\.0\.1:\d+ +up/m;
    expectMatch('top', await screen(row), row);
    tmux('send-keys', 'q');
    expectMatch('the end of top', await screen(/ended/), /^ended with 0$/m);
  } finally {
    tmux('kill-server');
  }
}

/** @param {string} node */
async function tryDashboard(node) {
  const dashboard = start('dashboard', '--nodes', node, '--listen', '127.0.0.1:0');
  const [address] = await dashboard.shows(/http:\/\/127\.0\.0\.1:\d+\//);
  expectMatch('dashboard', await (await fetch(address)).text(), /<!doctype html>/i);
  dashboard.signal('SIGTERM');
  expectMatch('the exit code of the dashboard', String(await dashboard.ended), /^0$/);
}

/** A daemon is a process that the binary starts of itself. It says its port and its process id in files. */
async function tryMemcached() {
  const [ports, pid] = [join(folder, 'ports'), join(folder, 'pid')];
  const words = ['memcached', '-d', '-l', '127.0.0.1', '-p', '-1', '-P', pid];
  execFileSync(binary, words, { cwd: folder, env: { ...env, MEMCACHED_PORT_FILENAME: ports } });
  for (let waits = 0; !existsSync(ports) && waits < 600; waits++) await setTimeout(50);
  const [, port = ''] = expectMatch('the ports of memcached -d', readFileSync(ports, 'utf8'), /^TCP INET: (\d+)$/m);
  expectMatch('its reply', await ask(connect(Number(port), '127.0.0.1')), /^END/);
  process.kill(Number(readFileSync(pid, 'utf8')), 'SIGTERM');
}

try {
  const { version } = JSON.parse(readFileSync('packages/cli/package.json', 'utf8'));
  expectMatch('--version', print('--version'), new RegExp(`^${version.replaceAll('.', '\\.')}$`, 'm'));
  expectMatch('help', print('help'), /proxy/);
  const { server, node } = await tryServer();
  await tryTop(node);
  await tryDashboard(node);
  await tryProxy(node);
  await tryMemcached();
  server.signal('SIGTERM');
  expectMatch('the exit code of the server', String(await server.ended), /^0$/);
} finally {
  Running.endAll();
  rmSync(folder, { recursive: true, force: true });
}
