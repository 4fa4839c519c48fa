// Tables sort by the column whose heading is pressed: numbers by number, texts by text, what has no value last.
// And on paper every part of the page is open.
"use strict";
(() => {
  const words = new Intl.Collator("en", { numeric: true });

  function key(row, column) {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    if (value !== undefined) return { number: value === "inf" ? Infinity : Number(value) };
    const text = cell.textContent.trim();
    return { text, none: text === "-" };
  }

  function compare(one, other) {
    if (one.number !== undefined) return one.number === other.number ? 0 : one.number - other.number;
    return words.compare(one.text, other.text);
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row, at) => ({ row, at, key: key(row, column) }));
    const numbers = rows.some(({ key: one }) => one.number !== undefined);
    const last = ({ key: one }) => (one.none || (numbers && one.number === undefined) ? 1 : 0);
    rows.sort((a, b) => last(a) - last(b) || (last(a) ? 0 : (descending ? -1 : 1) * compare(a.key, b.key)) || a.at - b.at);
    body.append(...rows.map(({ row }) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from([...table.tHead.rows].at(-1).cells);
    heads.forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => { opened.forEach((part) => { part.open = false; }); });
})();
