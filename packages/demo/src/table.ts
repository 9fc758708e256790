/**
 * Tables of text with columns of fixed widths, so that each row can be written as it comes, and colours where the
 * screen has them.
 */
import { styleText } from 'node:util';

/** How a text stands out. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';
export type Paint = (style: Style, text: string) => string;

/** A stream as it is needed here: stdout, stderr, or what a test makes. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
  write(text: string): unknown;
}

/** Without colours. */
export const plain: Paint = (_, text) => text;

export function paintOf(screen: Screen): Paint {
  return screen.isTTY === true && screen.hasColors?.() === true ? styleText : plain;
}

/** One column; a negative width is that of one aligned to the left. */
export interface Column<Row> {
  readonly title: string;
  readonly width: number;
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
}

export function titlesOf(columns: readonly Column<never>[]): string {
  return columns.map(({ title, width }) => pad(title, width)).join('');
}

export function rowOf<Row>(columns: readonly Column<Row>[], row: Row, paint: Paint = plain): string {
  const cells = columns.map(({ text, width, style }) => {
    const chosen = style?.(row);
    const cell = pad(text(row), width);
    return chosen === undefined ? cell : paint(chosen, cell);
  });
  return cells.join('');
}

function pad(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
