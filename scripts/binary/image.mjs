/**
 * `npm run image`: makes dist/image of dist/memfleet, builds the image of it by buildah in a store of its own, and
 * tries the image: as its user, without network of its own.
 *
 * buildah needs rights that some machines do not give to a process in a container. Then it says so, and the binary is
 * tried with the libraries of dist/image alone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expectMatch } from './expect-match.mjs';
import { writeImageRoot } from './image-root.mjs';
import { Running } from './running.mjs';

const top = resolve(import.meta.dirname, '../..');
const root = join(top, 'dist/image');
const store = mkdtempSync(join(tmpdir(), 'memfleet-image-'));
const name = 'localhost/memfleet:test';
const own = ['--root', join(store, 'root'), '--runroot', join(store, 'run'), '--storage-driver', 'vfs'];

/** What a machine says that does not let buildah work. */
const refusal = /not permitted|permission denied|user namespace|CAP_SYS_ADMIN|cannot clone|newuidmap/i;

/** @param {readonly string[]} words */
function buildah(...words) {
  const { status, stdout, stderr, error } = spawnSync('buildah', [...own, ...words], { encoding: 'utf8' });
  if (error) throw error;
  if (status === 0) return stdout.trim();
  throw new Error(`buildah ${words.join(' ')}: ${stderr}${stdout}`);
}

function build() {
  // `--format docker`, as the other one has no healthcheck.
  const how = ['--isolation', 'chroot', '--format', 'docker', '--quiet', '-t', name, '-f', join(top, 'Containerfile')];
  buildah('bud', ...how, root);
  const settings = buildah('inspect', '--type', 'image', name);
  expectMatch('the healthcheck', settings, /"\/memfleet",\s*"ping"/);
  expectMatch('the user', settings, /"User": "65532:65532"/);
}

async function tryImage() {
  const container = buildah('from', '--pull-never', name);
  /** @param {readonly string[]} words */
  const inside = (...words) => [
    'run',
    '--isolation',
    'chroot',
    '--user',
    '65532:65532',
    container,
    '--',
    '/memfleet',
    ...words,
  ];
  expectMatch('--version', buildah(...inside('--version')), /^\d+\.\d+\.\d+$/);
  const server = new Running(
    'buildah',
    [...own, ...inside('server', '--listen', '127.0.0.1:0', '--allow-shutdown')],
    {},
  );
  const [, node = '', port] = await server.shows(/listens on (127\.0\.0\.1:(\d+))/);
  buildah(...inside('set', 'greeting', 'hello', '--nodes', node));
  expectMatch('get', buildah(...inside('get', 'greeting', '--nodes', node)), /^hello$/);
  expectMatch('ping, as the healthcheck does', buildah(...inside('ping', '--nodes', node)), /127\.0\.0\.1/);
  // A signal would be for buildah.
  connect(Number(port), '127.0.0.1').end('shutdown\r\n');
  expectMatch('the exit code', String(await server.ended), /^0$/);
}

/** Without buildah: the loader and the libraries of the folder, and no others. */
function tryFolder() {
  const libraries = ['lib/x86_64-linux-gnu', 'lib64', 'usr/lib/x86_64-linux-gnu'].map((path) => join(root, path));
  const words = ['--library-path', libraries.join(':'), join(root, 'memfleet'), '--version'];
  const printed = execFileSync(join(root, 'lib64/ld-linux-x86-64.so.2'), words, { encoding: 'utf8' });
  expectMatch('--version with the libraries of dist/image', printed, /^\d+\.\d+\.\d+$/m);
}

writeImageRoot(join(top, 'dist/memfleet'), root);
try {
  build();
  await tryImage();
} catch (error) {
  const { message } = /** @type {Error} */ (error);
  if (!refusal.test(message)) throw error;
  console.log(`NOT TRIED: this machine does not let buildah build or run an image:\n${message.trim()}`);
  tryFolder();
} finally {
  Running.endAll();
  rmSync(store, { recursive: true, force: true });
}
