/** A row as it comes from the API; values that are no text or number are shown as JSON. */
export type Row = { readonly [key: string]: unknown };

export interface Column {
  /** Key of the row, which also names the column. */
  readonly key: string;
  readonly heading: string;
  /** How the value is shown; as it is without. */
  readonly format?: (value: unknown, row: Row) => string;
}

const GAP = '  ';

/** Rows under headings, columns as wide as their widest value; numbers are aligned to the right. */
export function formatTable(columns: readonly Column[], rows: readonly Row[]): string {
  const shown = columns.map((column) => {
    const cells = rows.map((row) => (column.format ?? formatCell)(row[column.key], row));
    const width = Math.max(column.heading.length, ...cells.map((cell) => cell.length));
    const numeric =
      rows.length > 0 && rows.every((row) => row[column.key] === undefined || typeof row[column.key] === 'number');
    const pad = (text: string) => (numeric ? text.padStart(width) : text.padEnd(width));
    return [pad(column.heading), ...cells.map(pad)];
  });
  const lines = Array.from({ length: rows.length + 1 }, (_, line) => shown.map((cells) => cells[line] ?? ''));
  return lines.map((cells) => `${cells.join(GAP).trimEnd()}\n`).join('');
}

export function formatCell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(formatCell).join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
