// A table to type in (stories/grids.py). Without this script the field is a text area with the rows as JSON.

import { cellHtml, cellNodes, equallyWide, isAddress, pastedLine, pastedRows } from "./cells.js";

const MOST_UNDONE = 50;
const MARKS = { b: "bold", i: "italic", k: "link" };

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

class TableGrid extends HTMLElement {
  connectedCallback() {
    if (this.area) return;
    this.area = this.querySelector("textarea");
    this.words = JSON.parse(this.dataset.words);
    this.most = Number(this.dataset.most);
    this.undone = [];
    this.at = [0, 0];
    // Whoever made this element may fill the text area only after it stands in the page.
    queueMicrotask(() => this.start());
  }

  start() {
    let rows;
    try {
      rows = JSON.parse(this.area.value || "[]");
    } catch {
      return; // what nobody can read is left in the text area
    }
    if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row) && row.every((cell) => typeof cell === "string"))) return;
    this.rows = equallyWide(rows);
    this.build();
    this.draw();
    this.followHeader();
    this.watchValue();
  }

  build() {
    this.area.hidden = true;
    this.area.focus = () => this.cell(0, 0).focus();
    for (const label of document.querySelectorAll(`label[for="${CSS.escape(this.area.id)}"]`)) {
      label.addEventListener("click", () => this.cell(0, 0).focus());
    }
    this.tools = this.toolbar();
    this.table = element("table");
    this.linkBox = this.linkForm();
    this.said = element("p", { class: "tz-grid__said", role: "status" });
    const help = element("p", { class: "tz-grid__help", id: `${this.area.id}-keys` }, this.words.help);
    this.append(this.tools, this.linkBox, element("div", { class: "tz-grid__scroll" }, this.table), this.said, help);
    this.table.addEventListener("input", (event) => this.typed(event.target));
    this.table.addEventListener("focusin", (event) => this.entered(event.target));
    this.table.addEventListener("keydown", (event) => this.press(event));
    this.table.addEventListener("paste", (event) => this.paste(event));
    this.table.addEventListener("drop", (event) => event.preventDefault());
    this.table.addEventListener("click", (event) => event.target.closest("a") && event.preventDefault());
  }

  toolbar() {
    const tools = element("div", { class: "tz-grid__tools", role: "toolbar", "aria-label": this.words.tools });
    const acts = [
      ["addRow", "plus", true], ["addColumn", "plus", true], ["removeRow", "bin", true], ["removeColumn", "bin", true],
      ["bold", "bold"], ["italic", "italic"], ["link", "link"], ["undo", "rotate"],
    ];
    for (const [act, picture, named] of acts) {
      const button = element("button", { type: "button", "data-act": act, tabindex: tools.childElementCount ? -1 : 0 }, icon(picture));
      if (named) button.append(this.words[act]);
      else {
        button.setAttribute("aria-label", this.words[act]);
        button.title = this.words[act];
      }
      // A press of the mouse must not take the caret out of its cell.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => this[act]());
      tools.append(button);
    }
    tools.addEventListener("keydown", (event) => this.walkTools(event));
    return tools;
  }

  walkTools(event) {
    const buttons = [...this.tools.querySelectorAll("button:not(:disabled)")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.cell(...this.at).focus();
    else if (step) {
      const ahead = getComputedStyle(this.tools).direction === "rtl" ? -step : step;
      const next = buttons[(buttons.indexOf(event.target) + ahead + buttons.length) % buttons.length];
      for (const button of this.tools.children) button.tabIndex = button === next ? 0 : -1;
      next.focus();
    } else return;
    event.preventDefault();
  }

  linkForm() {
    const input = element("input", { type: "text", dir: "ltr", inputmode: "url", placeholder: "https://", "aria-label": this.words.address });
    const done = element("button", { type: "button", class: "button button-small" }, this.words.setLink);
    const box = element("div", { class: "tz-grid__link" }, input, done);
    box.hidden = true;
    done.addEventListener("click", () => this.setLink(input.value.trim()));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.setLink(input.value.trim());
      else if (event.key === "Escape") this.leaveLink();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return box;
  }

  draw() {
    const body = element("tbody");
    this.rows.forEach((row, y) => {
      const line = element("tr");
      row.forEach((html, x) => {
        const cell = element("div", {
          contenteditable: "true", role: "textbox", "data-y": y, "data-x": x,
          "aria-label": this.words.cell.replace("{row}", y + 1).replace("{column}", x + 1),
          "aria-describedby": `${this.area.id}-keys`,
        });
        cell.append(...cellNodes(html));
        line.append(element("td", {}, cell));
      });
      body.append(line);
    });
    this.table.replaceChildren(body);
    this.enable();
  }

  enable() {
    const [height, width] = [this.rows.length, this.rows[0].length];
    const button = (act) => this.tools.querySelector(`[data-act=${act}]`);
    button("addRow").disabled = (height + 1) * width > this.most;
    button("addColumn").disabled = height * (width + 1) > this.most;
    button("removeRow").disabled = height === 1;
    button("removeColumn").disabled = width === 1;
    button("undo").disabled = !this.undone.length;
  }

  cell(y, x) {
    return this.table.rows[Math.min(y, this.rows.length - 1)].cells[Math.min(x, this.rows[0].length - 1)].firstChild;
  }

  say(message, isFault = false) {
    this.said.textContent = message;
    this.said.classList.toggle("tz-grid__said--fault", isFault);
  }

  store() {
    this.area.value = this.kept = JSON.stringify(this.rows);
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Somebody else may set the field: a draft that is brought back, a block that is doubled.
  watchValue() {
    this.kept = this.area.value;
    const property = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    const grid = this;
    Object.defineProperty(this.area, "value", {
      configurable: true,
      get: () => property.get.call(this.area),
      set(value) {
        property.set.call(grid.area, value);
        if (value !== grid.kept) grid.takeValue(value);
      },
    });
  }

  takeValue(value) {
    try {
      this.rows = equallyWide(JSON.parse(value || "[]"));
      this.draw();
    } catch {
      this.say(this.words.unreadable, true);
    }
  }

  followHeader() {
    const box = document.getElementById(this.area.id.replace(/rows$/, "header"));
    const follow = () => this.table.classList.toggle("tz-grid__headed", Boolean(box?.checked));
    box?.addEventListener("change", follow);
    follow();
  }

  typed(cell) {
    this.rows[cell.dataset.y][cell.dataset.x] = cellHtml(cell);
    this.store();
  }

  entered(cell) {
    const at = [Number(cell.dataset.y), Number(cell.dataset.x)];
    if (Number.isInteger(at[0])) this.at = at;
  }

  change(act, message) {
    this.undone.push([this.rows.map((row) => [...row]), [...this.at]]);
    if (this.undone.length > MOST_UNDONE) this.undone.shift();
    act();
    this.draw();
    this.store();
    this.cell(...this.at).focus();
    this.say(message || this.size());
  }

  size() {
    return this.words.size.replace("{rows}", this.rows.length).replace("{columns}", this.rows[0].length);
  }

  fits(height, width) {
    if (height * width <= this.most) return true;
    this.say(this.words.tooMany.replace("{cells}", height * width).replace("{most}", this.most), true);
    return false;
  }

  addRow() {
    if (!this.fits(this.rows.length + 1, this.rows[0].length)) return;
    this.change(() => {
      this.at = [this.at[0] + 1, this.at[1]];
      this.rows.splice(this.at[0], 0, this.rows[0].map(() => ""));
    });
  }

  addColumn() {
    if (!this.fits(this.rows.length, this.rows[0].length + 1)) return;
    this.change(() => {
      this.at = [this.at[0], this.at[1] + 1];
      this.rows.forEach((row) => row.splice(this.at[1], 0, ""));
    });
  }

  removeRow() {
    if (this.rows.length === 1) return;
    this.change(() => {
      this.rows.splice(this.at[0], 1);
      this.at[0] = Math.min(this.at[0], this.rows.length - 1);
    });
  }

  removeColumn() {
    if (this.rows[0].length === 1) return;
    this.change(() => {
      this.rows.forEach((row) => row.splice(this.at[1], 1));
      this.at[1] = Math.min(this.at[1], this.rows[0].length - 1);
    });
  }

  undo() {
    const before = this.undone.pop();
    if (!before) return;
    [this.rows, this.at] = before;
    this.draw();
    this.store();
    this.cell(...this.at).focus();
    this.say(this.size());
  }

  bold() { this.mark("bold"); }

  italic() { this.mark("italic"); }

  mark(name, value) {
    const cell = this.cell(...this.at);
    if (!cell.contains(document.activeElement)) cell.focus();
    if (getSelection().isCollapsed) getSelection().selectAllChildren(cell);
    document.execCommand("styleWithCSS", false, false);
    document.execCommand(name, false, value);
    this.typed(cell);
  }

  link() {
    const cell = this.cell(...this.at);
    const selection = getSelection();
    const isHere = selection.rangeCount && cell.contains(selection.anchorNode);
    const link = isHere ? selection.anchorNode.parentElement.closest("a") : null;
    this.picked = document.createRange();
    if (link) this.picked.selectNodeContents(link);
    else if (isHere && !selection.isCollapsed) this.picked = selection.getRangeAt(0).cloneRange();
    else this.picked.selectNodeContents(cell);
    if (this.picked.collapsed) return this.say(this.words.nothingToLink, true);
    this.linkBox.hidden = false;
    const input = this.linkBox.querySelector("input");
    input.value = link?.getAttribute("href") || "";
    input.focus();
  }

  setLink(address) {
    if (address && !isAddress(address)) return this.say(this.words.badAddress, true);
    this.leaveLink();
    getSelection().removeAllRanges();
    getSelection().addRange(this.picked);
    if (address) this.mark("createLink", address);
    else this.mark("unlink");
    this.say("");
  }

  leaveLink() {
    this.linkBox.hidden = true;
    this.cell(...this.at).focus();
  }

  press(event) {
    const cell = event.target.closest("[contenteditable]");
    if (!cell || event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    if (event.key === "Enter") this.enter(control, event.shiftKey);
    else if (event.key === "Backspace" && control && event.shiftKey) this.removeRow();
    else if (event.key === "Escape") this.tools.querySelector("[tabindex='0']").focus();
    else if (control && event.key.toLowerCase() in MARKS) this[MARKS[event.key.toLowerCase()]]();
    else if (control || event.shiftKey || event.altKey || !this.walk(event.key, cell)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  enter(control, shift) {
    if (control && shift) this.addColumn();
    else if (control) this.addRow();
    else if (this.at[0] + 1 < this.rows.length) this.goTo(this.at[0] + 1, this.at[1]);
    else this.addRow();
  }

  walk(key, cell) {
    const [y, x] = this.at;
    const ahead = getComputedStyle(this.table).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (key === "ArrowUp") return this.goTo(y - 1, x);
    if (key === "ArrowDown") return this.goTo(y + 1, x);
    if (key !== "ArrowLeft" && key !== "ArrowRight") return false;
    const isAhead = key === ahead;
    return this.isAtEdge(cell, isAhead) && this.goTo(y, x + (isAhead ? 1 : -1), !isAhead);
  }

  isAtEdge(cell, isEnd) {
    const selection = getSelection();
    if (!selection.isCollapsed || !selection.rangeCount) return false;
    const rest = document.createRange();
    rest.selectNodeContents(cell);
    if (isEnd) rest.setStart(selection.focusNode, selection.focusOffset);
    else rest.setEnd(selection.focusNode, selection.focusOffset);
    return rest.toString() === "";
  }

  goTo(y, x, atEnd = true) {
    if (!(y in this.rows) || !(x in this.rows[0])) return false;
    const cell = this.cell(y, x);
    cell.focus();
    getSelection().selectAllChildren(cell);
    if (atEnd) getSelection().collapseToEnd();
    else getSelection().collapseToStart();
    return true;
  }

  paste(event) {
    const [html, text] = ["text/html", "text/plain"].map((kind) => event.clipboardData.getData(kind));
    event.preventDefault();
    event.stopPropagation();
    const pasted = pastedRows(html, text);
    if (pasted) this.pasteRows(pasted);
    else document.execCommand("insertHTML", false, pastedLine(html, text));
  }

  pasteRows(pasted) {
    const [y, x] = this.at;
    const height = Math.max(this.rows.length, y + pasted.length);
    const width = Math.max(this.rows[0].length, x + pasted[0].length);
    if (!this.fits(height, width)) return;
    this.change(() => {
      const old = this.rows;
      this.rows = Array.from({ length: height }, (_row, down) => Array.from({ length: width }, (_cell, across) =>
        pasted[down - y]?.[across - x] ?? old[down]?.[across] ?? ""));
    });
  }
}

customElements.define("tz-grid", TableGrid);
