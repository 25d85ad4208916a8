"use strict";
// Chips for lists of keys (stories/keys.py). Without this script the field is a text area, one key a line.

(() => {
  const { Controller } = window.StimulusModule;
  const WAIT_MS = 150;
  let boxes = 0;

  class Keys extends Controller {
    static values = { url: String, hint: String };

    connect() {
      if (this.box) return;
      this.area = this.element.querySelector("textarea");
      this.labels = new Map();
      this.found = [];
      this.at = -1;
      this.build();
      this.draw();
      this.learn(this.keys);
    }

    get keys() {
      return [...new Set(this.area.value.split("\n").map((line) => line.trim()).filter(Boolean))];
    }

    set keys(keys) {
      this.area.value = keys.join("\n");
      this.area.dispatchEvent(new Event("change", { bubbles: true }));
      this.draw();
    }

    build() {
      boxes += 1;
      const list = `tz-keys-${boxes}`;
      this.area.hidden = true;
      this.box = document.createElement("div");
      this.box.className = "tz-keys__box";
      this.input = document.createElement("input");
      Object.assign(this.input, { type: "text", className: "tz-keys__input", autocomplete: "off", id: `${this.area.id}-input`, placeholder: this.hintValue });
      for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list, dir: "auto" })) {
        this.input.setAttribute(name, value);
      }
      const label = document.querySelector(`label[for="${CSS.escape(this.area.id)}"]`);
      if (label) label.htmlFor = this.input.id;
      this.list = document.createElement("ul");
      Object.assign(this.list, { className: "tz-keys__list", id: list, hidden: true });
      this.list.setAttribute("role", "listbox");
      this.box.append(this.input, this.list);
      this.element.append(this.box);
      this.input.addEventListener("input", () => this.search());
      this.input.addEventListener("keydown", (event) => this.press(event));
      this.input.addEventListener("blur", () => setTimeout(() => this.leave(), WAIT_MS));
      this.box.addEventListener("click", () => this.input.focus());
    }

    draw() {
      this.box.querySelectorAll(".tz-keys__chip").forEach((chip) => chip.remove());
      for (const key of this.keys) this.input.before(this.chip(key));
    }

    chip(key) {
      const chip = document.createElement("span");
      chip.className = "tz-keys__chip";
      chip.dir = "auto";
      chip.append(this.labels.get(key) || key);
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "×";
      button.setAttribute("aria-label", `× ${this.labels.get(key) || key}`);
      button.addEventListener("click", () => {
        this.keys = this.keys.filter((each) => each !== key);
        this.input.focus();
      });
      chip.append(button);
      return chip;
    }

    async ask(parameters) {
      try {
        const answer = await fetch(`${this.urlValue}?${new URLSearchParams(parameters)}`, { headers: { Accept: "application/json" } });
        return answer.ok ? (await answer.json()).terms : [];
      } catch {
        return [];
      }
    }

    async learn(keys) {
      if (!keys.length) return;
      for (const { key, label } of await this.ask(keys.map((key) => ["key", key]))) this.labels.set(key, label);
      this.draw();
    }

    search() {
      clearTimeout(this.waiting);
      const words = this.input.value.trim();
      if (!words) return this.show([]);
      this.waiting = setTimeout(async () => {
        const found = await this.ask([["q", words]]);
        if (this.input.value.trim() === words) this.show(found.filter(({ key }) => !this.keys.includes(key)));
      }, WAIT_MS);
    }

    show(found) {
      this.found = found;
      this.at = -1;
      this.list.replaceChildren(...found.map(({ key, label }, at) => {
        const item = document.createElement("li");
        item.id = `${this.list.id}-${at}`;
        item.setAttribute("role", "option");
        item.dir = "auto";
        item.append(label);
        if (label !== key && !/^~\d+$/.test(key)) {
          const small = document.createElement("small");
          small.append(key);
          item.append(small);
        }
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          this.take(at);
        });
        return item;
      }));
      this.list.hidden = !found.length;
      this.input.setAttribute("aria-expanded", String(Boolean(found.length)));
      this.point(-1);
    }

    point(at) {
      this.at = at;
      [...this.list.children].forEach((item, nth) => item.setAttribute("aria-selected", String(nth === at)));
      if (at < 0) this.input.removeAttribute("aria-activedescendant");
      else {
        this.input.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
        this.list.children[at].scrollIntoView({ block: "nearest" });
      }
    }

    press(event) {
      const count = this.found.length;
      if (event.key === "ArrowDown" && count) this.point((this.at + 1) % count);
      else if (event.key === "ArrowUp" && count) this.point(this.at <= 0 ? count - 1 : this.at - 1);
      else if (event.key === "Enter" || event.key === ",") this.at >= 0 ? this.take(this.at) : this.add(this.input.value);
      else if (event.key === "Escape" && count) this.show([]);
      else if (event.key === "Backspace" && !this.input.value && this.keys.length) this.keys = this.keys.slice(0, -1);
      else return;
      event.preventDefault();
    }

    take(at) {
      const { key, label } = this.found[at];
      this.labels.set(key, label);
      this.add(key);
    }

    add(key) {
      const clean = key.trim();
      if (clean) this.keys = [...this.keys, clean];
      this.input.value = "";
      this.show([]);
    }

    leave() {
      if (document.activeElement === this.input) return;
      this.add(this.input.value);
    }
  }

  window.wagtail.app.register("tz-keys", Keys);
})();
