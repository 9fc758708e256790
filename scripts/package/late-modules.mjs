/**
 * Modules of Node that a start does not need are loaded at their first use: they take 4 ms of the start of a proxy.
 *
 *   let node_tls = require("node:tls")  ─▶ let node_tls = ((it) => () => it ??= require("node:tls"))()
 *   (0, node_tls.connect)(…)            ─▶ (0, node_tls().connect)(…)
 *   new node_tls.TLSSocket(…)           ─▶ new (node_tls().TLSSocket)(…)
 *
 * The names are those that the bundler makes. A module that is used in another way than by its properties stays.
 */

/** Those that take time, and that a server without TLS, names of hosts and workers can do without. */
const modules = ['child_process', 'crypto', 'dgram', 'dns/promises', 'http', 'https', 'tls', 'v8', 'zlib'];

/** A plugin of rolldown.
 *
 * @returns {import('rolldown').Plugin}
 */
export function lateModules() {
  return {
    name: 'memfleet-late-modules',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle))
        if (chunk.type === 'chunk') chunk.code = modules.reduce(putOff, chunk.code);
    },
  };
}

/** @param {string} code @param {string} module */
function putOff(code, module) {
  const name = `node_${module.replace('/', '_')}`;
  const load = `require("node:${module}")`;
  const declaration = `${name} = ${load}`;
  const uses = code.replace(declaration, '').match(new RegExp(`\\b${name}\\b`, 'g'))?.length;
  const properties = code.match(new RegExp(`\\b${name}\\.`, 'g'))?.length;
  if (!code.includes(declaration) || uses !== properties) return code;
  return code
    .replaceAll(new RegExp(`\\bnew ${name}\\.(\\w+)`, 'g'), `new (${name}().$1)`)
    .replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`)
    .replace(declaration, `${name} = ((it) => () => it ??= ${load})()`);
}
