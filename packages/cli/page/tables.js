/**
 * The tables. Cells are changed in place, so that a selection and the reader's place stay; what comes from elsewhere
 * (keys, names) is only ever text.
 */

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: Row) => number | string | undefined} value what is sorted by, and what the cell says unless `show`
 * @property {(value: number) => string} [show] for numbers
 * @property {(row: Row) => '' | 'bad' | 'warn' | 'key'} [look]
 */

/**
 * @template Row
 * @typedef {object} TableSpec
 * @property {string} id
 * @property {string} title
 * @property {readonly Column<Row>[]} columns
 * @property {(row: Row) => string} key
 * @property {string} [sortBy] the title of the column by which rows are sorted at first; a number from the highest down
 */

/**
 * A table on the page.
 *
 * @template Row
 */
export class Table {
  /** @type {TableSpec<Row>} */ #spec;
  /** @type {HTMLTableSectionElement} */ #body = document.createElement('tbody');
  /** @type {Map<string, HTMLTableRowElement>} */ #rows = new Map();
  /** @type {HTMLElement[]} */ #heads = [];
  /** @type {string | undefined} */ #sortBy;
  /** @type {1 | -1} */ #order = -1;
  /** @type {readonly Row[]} */ #shown = [];
  element = document.createElement('div');

  /** @param {TableSpec<Row>} spec */
  constructor(spec) {
    this.#spec = spec;
    this.#sortBy = spec.sortBy;
    const { id, title, columns } = spec;
    this.element.className = 'card';
    this.element.id = `table-${id}`;
    const heading = document.createElement('h2');
    heading.id = `${id}-table-title`;
    heading.textContent = title;
    const box = document.createElement('div');
    box.className = 'scroll';
    box.tabIndex = 0;
    box.setAttribute('role', 'region');
    box.setAttribute('aria-labelledby', heading.id);
    const table = document.createElement('table');
    table.setAttribute('aria-labelledby', heading.id);
    const row = document.createElement('tr');
    row.append(...columns.map((column) => this.#head(column)));
    const head = document.createElement('thead');
    head.append(row);
    table.append(head, this.#body);
    box.append(table);
    this.element.append(heading, box);
    this.element.hidden = true;
  }

  /** Shows rows; without any, the table is not there. @param {readonly Row[]} rows */
  fill(rows) {
    this.#shown = rows;
    this.element.hidden = rows.length === 0;
    const { key } = this.#spec;
    const sorted = this.#sorted(rows);
    const known = new Set(sorted.map((row) => key(row)));
    for (const [name, element] of this.#rows)
      if (!known.has(name)) {
        element.remove();
        this.#rows.delete(name);
      }
    for (const [index, row] of sorted.entries()) {
      const element = this.#rowOf(key(row));
      if (this.#body.children[index] !== element) this.#body.insertBefore(element, this.#body.children[index] ?? null);
      this.#fillRow(element, row);
    }
  }

  /** @param {Column<Row>} column */
  #head({ title, show }) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    if (show !== undefined) cell.className = 'number';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = title;
    button.addEventListener('click', () => {
      const isSame = this.#sortBy === title;
      this.#order = isSame ? (this.#order === 1 ? -1 : 1) : show === undefined ? 1 : -1;
      this.#sortBy = title;
      this.#markSort();
      this.fill(this.#shown);
    });
    cell.append(button);
    this.#heads.push(cell);
    this.#markSort();
    return cell;
  }

  #markSort() {
    for (const cell of this.#heads) {
      if (cell.textContent === this.#sortBy)
        cell.setAttribute('aria-sort', this.#order === 1 ? 'ascending' : 'descending');
      else cell.removeAttribute('aria-sort');
    }
  }

  /** @param {readonly Row[]} rows */
  #sorted(rows) {
    const column = this.#spec.columns.find(({ title }) => title === this.#sortBy);
    if (column === undefined) return rows;
    const order = this.#order;
    return [...rows].sort((a, b) => {
      const [one, other] = [column.value(a), column.value(b)];
      if (typeof one === 'string' || typeof other === 'string')
        return String(one).localeCompare(String(other), 'en', { numeric: true }) * order;
      return ((one ?? -1) - (other ?? -1)) * order;
    });
  }

  /** @param {string} name */
  #rowOf(name) {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const element = document.createElement('tr');
    element.dataset['key'] = name;
    for (const [index, { title, show }] of this.#spec.columns.entries()) {
      const cell = document.createElement(index === 0 ? 'th' : 'td');
      if (index === 0) cell.setAttribute('scope', 'row');
      if (show !== undefined) cell.className = 'number';
      cell.dataset['column'] = title;
      element.append(cell);
    }
    this.#rows.set(name, element);
    return element;
  }

  /** @param {HTMLTableRowElement} element @param {Row} row */
  #fillRow(element, row) {
    for (const [index, { value, show, look }] of this.#spec.columns.entries()) {
      const cell = /** @type {HTMLElement} */ (element.children[index]);
      const given = value(row);
      const text = given === undefined ? '–' : typeof given === 'number' ? (show ?? String)(given) : given;
      if (cell.textContent !== text) cell.textContent = text;
      if (typeof given === 'number') cell.dataset['value'] = String(given);
      const name = [show === undefined ? '' : 'number', look?.(row) ?? ''].join(' ').trim();
      if (cell.className !== name) cell.className = name;
    }
  }
}
