/**
 * The terminal: the only file that knows the library, terminal-kit. It owns the alternate screen, the keys, the
 * colours, and that the terminal is as it was when the program ends, however it ends.
 *
 *   open ─▶ alternate screen, no cursor, raw keys ─▶ draw … ─▶ close, also at `exit` of the process
 */
// The package has no types. Every project that reads this file needs them, so no `include` can name them.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./terminal-kit.d.ts" />
import type { KitBuffer, TerminalKit } from 'terminal-kit';
import { widthOf } from '../fleet/safe-text.ts';
import type { Line, Style } from './line.ts';

/** Attributes of terminal-kit's cells. */
interface Attributes {
  readonly color?: string;
  readonly defaultColor?: true;
  readonly bgDefaultColor?: true;
  readonly bold?: true;
  readonly dim?: true;
  readonly inverse?: true;
}

const plain = { defaultColor: true, bgDefaultColor: true } as const;

/** Without colours, what is bad is bold. */
const colourless: Readonly<Record<Style, Attributes>> = {
  plain,
  dim: plain,
  bold: { ...plain, bold: true },
  head: { ...plain, inverse: true },
  selected: { ...plain, inverse: true, bold: true },
  good: plain,
  warn: { ...plain, bold: true },
  bad: { ...plain, bold: true },
  accent: plain,
};

const coloured: Readonly<Record<Style, Attributes>> = {
  plain,
  dim: { color: 'gray', bgDefaultColor: true },
  bold: { ...plain, bold: true },
  head: { ...plain, inverse: true },
  selected: { ...plain, inverse: true, bold: true },
  good: { color: 'green', bgDefaultColor: true },
  warn: { color: 'yellow', bgDefaultColor: true },
  bad: { color: 'red', bgDefaultColor: true, bold: true },
  accent: { color: 'cyan', bgDefaultColor: true },
};

/** What a terminal without UTF-8 shows instead. */
const ascii: Readonly<Record<string, string>> = {
  '▁': '.',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '█': '#',
  '░': '.',
  '…': '~',
  '–': '-',
  '─': '-',
  '‹': '<',
  '›': '>',
  '▲': '^',
  '▼': 'v',
  '→': '>',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '·': '.',
};

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';

/** What the terminal tells. */
export interface TerminalEvents {
  /** A key by the name of terminal-kit: `q`, `ENTER`, `UP`, `CTRL_C` … */
  onKey(name: string): void;
  /** It has another size. */
  onResize(): void;
}

/** A terminal with the program on its alternate screen. */
export class Terminal {
  readonly #kit: TerminalKit;
  readonly #events: TerminalEvents;
  readonly #attributes: Readonly<Record<Style, Attributes>>;
  readonly #isAscii: boolean;
  #buffer: KitBuffer | undefined;
  #isOpen = false;
  readonly #onKey = (name: string): void => this.#events.onKey(name);
  readonly #onResize = (): void => {
    this.#buffer = undefined;
    this.#events.onResize();
  };
  readonly #onExit = (): void => this.close();

  private constructor(kit: TerminalKit, events: TerminalEvents) {
    this.#kit = kit;
    this.#events = events;
    // It knows NO_COLOR and terminals without colours.
    this.#attributes = process.stdout.hasColors() && hasColours(process.env) ? coloured : colourless;
    this.#isAscii = isAscii(process.env);
  }

  static async load(events: TerminalEvents): Promise<Terminal> {
    const { default: kit } = await import('terminal-kit');
    return new Terminal(kit, events);
  }

  get width(): number {
    return Math.max(1, process.stdout.columns);
  }

  get height(): number {
    return Math.max(1, process.stdout.rows);
  }

  /** Takes the screen and the keys. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    process.on('exit', this.#onExit);
    // The message of an error that nobody caught belongs on the other screen.
    process.on('uncaughtExceptionMonitor', this.#onExit);
    process.stdout.write(enter);
    this.#kit.terminal.grabInput({});
    this.#kit.terminal.on('key', this.#onKey);
    process.stdout.on('resize', this.#onResize);
    this.#buffer = undefined;
  }

  /** Gives the screen back as it was. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#onExit);
    process.off('uncaughtExceptionMonitor', this.#onExit);
    process.stdout.off('resize', this.#onResize);
    this.#kit.terminal.off('key', this.#onKey);
    this.#kit.terminal.grabInput(false);
    process.stdout.write(`\u001b[0m${leave}`);
  }

  /** The next drawing writes every cell. */
  forget(): void {
    this.#buffer = undefined;
  }

  /** Writes the cells that changed. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const { width, height } = this;
    this.#buffer ??= new this.#kit.ScreenBuffer({ dst: this.#kit.terminal, width, height });
    for (const [y, spans] of lines.slice(0, height).entries()) {
      let x = 0;
      for (const { text, style } of spans) {
        this.#buffer.put({ x, y, attr: this.#attributes[style] }, this.#isAscii ? asciiOf(text) : text);
        x += widthOf(text);
      }
    }
    this.#buffer.draw({ delta: true });
  }
}

/** FORCE_COLOR aside, NO_COLOR with any text means none. */
function hasColours({ NO_COLOR: no = '', TERM: name = '' }: NodeJS.ProcessEnv): boolean {
  return no === '' && name !== 'dumb' && !name.startsWith('vt1');
}

/** The locale is one without UTF-8, or the terminal is older than that. */
function isAscii({ LC_ALL = '', LC_CTYPE = '', LANG = '', TERM = '' }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return /^vt\d|^dumb$/.test(TERM) || (locale !== '' && !/utf-?8/i.test(locale));
}

function asciiOf(text: string): string {
  let plain = '';
  for (const character of text)
    plain += character <= '~' ? character : (ascii[character] ?? '?'.repeat(widthOf(character)));
  return plain;
}
