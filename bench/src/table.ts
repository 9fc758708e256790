/** Plain tables for terminals, and the same as Markdown for documents. */

/** Columns by name; a cell is a text already. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function widths(table: Table): number[] {
  return table.columns.map((column, i) => Math.max(column.length, ...table.rows.map((row) => (row[i] ?? '').length)));
}

/** The first column to the left, numbers to the right. */
function line(cells: readonly string[], width: readonly number[], isText: (i: number) => boolean): string {
  return cells
    .map((cell, i) => (isText(i) ? cell.padEnd(width[i] as number) : cell.padStart(width[i] as number)))
    .join('  ')
    .trimEnd();
}

/** A column is text when none of its cells begins like a number. */
function textColumns(table: Table): (i: number) => boolean {
  return (i) => !table.rows.some((row) => /^[-≥≤]?\d/.test(row[i] ?? ''));
}

export function formatTable(table: Table): string {
  const width = widths(table);
  const isText = textColumns(table);
  const rule = width.map((n) => '─'.repeat(n)).join('  ');
  const rows = table.rows.map((row) => line(row, width, isText));
  return [table.title, line(table.columns, width, isText), rule, ...rows, ''].join('\n');
}

const cells = (row: readonly string[]): string => `| ${row.join(' | ')} |`;

export function formatMarkdown(table: Table): string {
  const isText = textColumns(table);
  const rule = table.columns.map((_, i) => (isText(i) ? '---' : '---:'));
  return [`**${table.title}**`, '', cells(table.columns), cells(rule), ...table.rows.map(cells), ''].join('\n');
}

/** 812k, 6.9k, 42: three digits are all that is true of a measurement. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1e6) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
  return value.toPrecision(3).replace(/\.0+$/, '');
}

/** Three digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
