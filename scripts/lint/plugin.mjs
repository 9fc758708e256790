/**
 * The rules of this house that no ready-made lint rule can say. Loaded by .oxlintrc.json.
 *
 * - `memfleet/import-rows`: see rows.mjs.
 * - `memfleet/time`: in the library, timers, ticks and the time of day are named in base/real-time.ts only, so that
 *   every test can hold the clock, and fake timers of users change nothing; the codecs and hashes (row 1) know neither
 *   promises nor ticks.
 * - `memfleet/shape`: only errors inherit; file names say what a file holds; names use the dictionary (words.mjs).
 */
import { judgeImport, locate } from './rows.mjs';
import { judgeName } from './words.mjs';

/** @typedef {{ type: string, [field: string]: any }} Node */
/** @typedef {{ filename: string, report(finding: { node: Node, message: string }): void }} Context */

const importRows = {
  /** @param {Context} context */
  create(context) {
    /** @param {Node} node @param {Node | null | undefined} source @param {boolean} typeOnly */
    const check = (node, source, typeOnly) => {
      if (typeof source?.['value'] !== 'string') return;
      const message = judgeImport(context.filename, source['value'], typeOnly);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      /** @param {Node} node */
      ImportDeclaration: (node) => check(node, node['source'], node['importKind'] === 'type'),
      /** @param {Node} node */
      ExportNamedDeclaration: (node) => check(node, node['source'], node['exportKind'] === 'type'),
      /** @param {Node} node */
      ExportAllDeclaration: (node) => check(node, node['source'], node['exportKind'] === 'type'),
      /** @param {Node} node */
      ImportExpression: (node) => check(node, node['source'], false),
      /** @param {Node} node */
      TSImportType: (node) => check(node, node['source'] ?? node['argument']?.literal, true),
    };
  },
};

/** What fake timers replace, and is called. */
const timers = new Set([
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
]);
/** And what is asked for the time, or for a tick: by object. */
const clocks = new Map([
  ['Date', new Set(['now'])],
  ['performance', new Set(['now', 'timeOrigin', 'eventLoopUtilization'])],
  ['process', new Set(['nextTick', 'hrtime'])],
]);
const ticks = new Set(['Promise', 'inMicrotask', 'setImmediate']);

const time = {
  /** @param {Context} context */
  create(context) {
    const file = locate(context.filename);
    if (file === undefined || file.path === 'base/real-time.ts') return {};
    const pure = file.row === 1;
    /** Real ones. */
    const imported = new Set();
    /** @param {Node} node */
    const asynchronous = (node) => {
      if (pure && node['async'] === true)
        context.report({ node, message: 'A codec or a hash waits for nothing: no async function here' });
    };
    return {
      /** @param {Node} node */
      ImportDeclaration(node) {
        if (!node['source'].value.endsWith('/real-time.ts')) return;
        for (const specifier of node['specifiers']) imported.add(specifier.local.name);
      },
      /** @param {Node} node */
      CallExpression(node) {
        const name = node['callee'].type === 'Identifier' ? node['callee'].name : undefined;
        if (timers.has(name) && !imported.has(name))
          context.report({ node, message: `${name} is named in base/real-time.ts only: take a Clock` });
        if (pure && ticks.has(name))
          context.report({ node, message: `A codec or a hash waits for nothing: no ${name} here` });
      },
      /** @param {Node} node */
      NewExpression(node) {
        const name = node['callee'].type === 'Identifier' ? node['callee'].name : undefined;
        if (pure && name === 'Promise')
          context.report({ node, message: 'A codec or a hash waits for nothing: no Promise here' });
        if (name === 'Date' && node['arguments'].length === 0)
          context.report({ node, message: 'The time of day comes from a Clock (base/clock.ts)' });
      },
      /** @param {Node} node */
      MemberExpression(node) {
        const { object, property } = node;
        if (object.type !== 'Identifier' || property.type !== 'Identifier') return;
        if (clocks.get(object.name)?.has(property.name) === true) {
          const name = `${object.name}.${property.name}`;
          context.report({ node, message: `${name} is named in base/real-time.ts only: take a Clock` });
        }
      },
      FunctionDeclaration: asynchronous,
      FunctionExpression: asynchronous,
      ArrowFunctionExpression: asynchronous,
    };
  },
};

/** What gives random numbers, by module. */
const sources = new Set(['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'getRandomValues']);
const chanceFile = 'base/chance.ts';

const chance = {
  /** @param {Context} context */
  create(context) {
    const file = locate(context.filename);
    if (file === undefined || file.path === chanceFile) return {};
    /** @param {Node} node @param {string} name */
    const report = (node, name) =>
      context.report({ node, message: `${name} is named in ${chanceFile} only: take a source of random numbers` });
    return {
      /** @param {Node} node */
      ImportDeclaration(node) {
        if (node['source'].value !== 'node:crypto') return;
        for (const specifier of node['specifiers']) {
          const name = specifier.imported?.name;
          if (name === undefined || sources.has(name)) report(specifier, name ?? 'the whole of node:crypto');
        }
      },
      /** @param {Node} node */
      MemberExpression(node) {
        const { object, property } = node;
        if (object.type !== 'Identifier' || property.type !== 'Identifier') return;
        if (object.name === 'Math' && property.name === 'random') report(node, 'Math.random');
        if (object.name === 'crypto' && sources.has(property.name)) report(node, `crypto.${property.name}`);
      },
    };
  },
};

const shape = {
  /** @param {Context} context */
  create(context) {
    /** @param {Node} node */
    const inheritance = (node) => {
      const parent = node['superClass'];
      if (parent !== null && parent !== undefined && !(parent.name ?? '').endsWith('Error')) {
        context.report({ node: parent, message: 'Nothing inherits but errors: wrap it, or pass a handler' });
      }
    };
    return {
      /** @param {Node} node */
      Program(node) {
        const vague = /(?:^|[/\\])(?:utils?|helpers?|common|misc|shared)(?:\.[cm]?[jt]s|[/\\])/.exec(
          locate(context.filename)?.path ?? '',
        );
        if (vague !== null)
          context.report({ node, message: `${vague[0]} says nothing: name the file for the noun it holds` });
      },
      ClassDeclaration: inheritance,
      ClassExpression: inheritance,
      /** @param {Node} node */
      Identifier(node) {
        const message = judgeName(node['name']);
        if (message !== undefined) context.report({ node, message });
      },
      /** @param {Node} node */
      PrivateIdentifier(node) {
        const message = judgeName(node['name']);
        if (message !== undefined) context.report({ node, message });
      },
    };
  },
};

const plugin = { meta: { name: 'memfleet' }, rules: { 'import-rows': importRows, time, chance, shape } };
export default plugin;
