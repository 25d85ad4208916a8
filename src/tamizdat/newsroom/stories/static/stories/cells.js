// Cells of a table as texts with marks: out of HTML of the page, out of a paste, and back. Nothing here changes a page.

const STRONG = new Set(["B", "STRONG"]);
const EMPHASIS = new Set(["I", "EM"]);
const UNSEEN = new Set(["SCRIPT", "STYLE", "TEMPLATE", "HEAD", "TITLE"]);
const SAFE = /^(https?:|mailto:|tel:|geo:|magnet:|[#/.]|[^:/?#]*([/?#]|$))/i;

export const isAddress = (address) => SAFE.test(address) && !/[\s<>"\\^`{|}]/.test(address);

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

function* runsOf(node, marks) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) yield { text: child.data.replace(/[\n\r\t\v\f]+/g, " "), ...marks };
    else if (child.nodeName === "BR") yield { text: " ", ...marks };
    else if (child.nodeType === Node.ELEMENT_NODE && !UNSEEN.has(child.nodeName)) yield* runsOf(child, marked(child, marks));
  }
}

function marked(element, marks) {
  const name = element.nodeName;
  const weight = element.style?.fontWeight;
  const address = name === "A" ? element.getAttribute("href") || "" : "";
  return {
    strong: marks.strong || (STRONG.has(name) && weight !== "normal") || weight === "bold" || Number(weight) >= 600,
    emphasis: marks.emphasis || EMPHASIS.has(name) || element.style?.fontStyle === "italic",
    link: (name === "A" && linkOf(element, address)) || marks.link,
  };
}

// A link to a story of our own has no address, but attributes that say which.
function linkOf(element, address) {
  const kind = element.getAttribute("linktype");
  if (kind === "page" && /^\d+$/.test(element.id)) return `linktype="page" id="${element.id}"`;
  return address && isAddress(address) ? `href="${escape(address)}"` : "";
}

const sameMarks = (one, other) => one.strong === other.strong && one.emphasis === other.emphasis && one.link === other.link;

/** The HTML of a cell, in its one normal form: links around bold around italic. */
export function cellHtml(node) {
  const runs = [];
  for (const run of runsOf(node, marked(node, { strong: false, emphasis: false, link: "" }))) {
    if (!run.text) continue;
    const last = runs.at(-1);
    if (last && sameMarks(last, run)) last.text += run.text;
    else runs.push(run);
  }
  if (!runs.some((run) => run.text.trim())) return "";
  return runs.map(runHtml).join("");
}

function runHtml({ text, strong, emphasis, link }) {
  let html = escape(text);
  if (emphasis) html = `<em>${html}</em>`;
  if (strong) html = `<strong>${html}</strong>`;
  return link ? `<a ${link}>${html}</a>` : html;
}

/** What a cell shows, as nodes, and nothing else that may stand in its HTML. */
export function cellNodes(html) {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const clean = new DOMParser().parseFromString(cellHtml(body), "text/html").body;
  return [...clean.childNodes].map((node) => document.importNode(node, true));
}

/** Rows out of what a spreadsheet, a page or a document puts on the clipboard; null for a piece of text. */
export function pastedRows(html, text) {
  const table = html && new DOMParser().parseFromString(html, "text/html").querySelector("table");
  if (table) return equallyWide(rowsOfTable(table));
  return /[\t\n\r]/.test(text.replace(/[\r\n]+$/, "")) ? equallyWide(rowsOfText(text)) : null;
}

/** One line of marked text out of the clipboard's HTML. */
export function pastedLine(html, text) {
  const body = html ? new DOMParser().parseFromString(html, "text/html").body : null;
  return body ? cellHtml(body).trim() : escape(text.replace(/[\r\n\t]+/g, " "));
}

function rowsOfTable(table) {
  const rows = [];
  [...table.rows].forEach((row, at) => {
    rows[at] ??= [];
    for (const cell of row.cells) {
      let column = 0;
      while (rows[at][column] !== undefined) column += 1;
      const [across, down] = [Math.min(cell.colSpan, 64), Math.min(cell.rowSpan || 1, table.rows.length - at)];
      for (let y = 0; y < down; y += 1) {
        rows[at + y] ??= [];
        for (let x = 0; x < across; x += 1) rows[at + y][column + x] = x || y ? "" : trimmed(cell);
      }
    }
  });
  return rows;
}

function trimmed(cell) {
  const [...nodes] = cellNodes(cellHtml(cell).replace(/\s+/g, " ").trim());
  const holder = document.createElement("div");
  holder.append(...nodes);
  return cellHtml(holder);
}

/** Text of rows by tabs; a cell in quotes may hold tabs, line breaks and doubled quotes, as spreadsheets write it. */
export function rowsOfText(text) {
  const rows = [[]];
  const cells = /("(?:[^"]|"")*"(?=[\t\r\n]|$)|[^\t\r\n]*)(\t|\r\n|\r|\n|$)/gy;
  const whole = text.replace(/\r?\n$|\r$/, "");
  while (cells.lastIndex <= whole.length) {
    const [, cell, end] = cells.exec(whole);
    const quoted = cell.length > 1 && cell.startsWith('"') && cell.endsWith('"');
    const words = quoted ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    rows.at(-1).push(escape(words.replace(/[\r\n\t]+/g, " ").trim()));
    if (!end) break;
    if (end !== "\t") rows.push([]);
  }
  return rows;
}

/** The same with empty cells where rows are short; never without a cell. */
export function equallyWide(rows) {
  const width = Math.max(1, ...rows.map((row) => row.length));
  const wide = rows.map((row) => Array.from({ length: width }, (_, at) => row[at] ?? ""));
  return wide.length ? wide : [[""]];
}
