// The point that crops keep: set by pointer or keys, with what readers will see beside it. Without this script the
// saved point and its crops are shown.

import { cardCut, focusOf, leadCut } from "./crop.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class PictureFocus extends HTMLElement {
  connectedCallback() {
    this.stage = this.querySelector("[data-stage]");
    this.handle = this.querySelector("[data-handle]");
    this.fields = ["x", "y", "width", "height"].map((name) => document.querySelector(`input.focal_point_${name}`));
    if (!this.stage || this.fields.includes(null)) return;
    [this.wide, this.high] = [Number(this.dataset.width), Number(this.dataset.height)];
    this.middle = this.querySelector("[data-middle]");
    this.middle.hidden = false;
    this.handle.disabled = false;
    this.middle.addEventListener("click", () => this.set(null));
    this.handle.addEventListener("keydown", (event) => this.press(event));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.stage.addEventListener("pointermove", (event) => this.stage.hasPointerCapture(event.pointerId) && this.follow(event));
    this.show();
  }

  get point() {
    const [x, y] = this.fields;
    return x.value && y.value ? [Number(x.value), Number(y.value)] : null;
  }

  set(point) {
    const inside = point && [Math.min(Math.max(Math.round(point[0]), 0), this.wide), Math.min(Math.max(Math.round(point[1]), 0), this.high)];
    // Wagtail wants an area; the point is its middle.
    const side = Math.max(1, Math.round(Math.min(this.wide, this.high) / 5));
    const values = inside ? [...inside, side, side] : ["", "", "", ""];
    this.fields.forEach((field, at) => { field.value = values[at]; });
    this.fields[0].dispatchEvent(new Event("change", { bubbles: true }));
    this.show();
  }

  press(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const [x, y] = this.point || [this.wide / 2, this.high / 2];
    this.set([x + (step[0] * far * this.wide) / 100, y + (step[1] * far * this.high) / 100]);
  }

  grab(event) {
    if (event.button) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.handle.focus({ preventScroll: true });
    this.follow(event);
  }

  follow(event) {
    const box = this.stage.getBoundingClientRect();
    this.set([((event.clientX - box.left) / box.width) * this.wide, ((event.clientY - box.top) / box.height) * this.high]);
  }

  show() {
    const focus = focusOf(this.wide, this.high, this.point);
    const [x, y] = this.point || [this.wide / 2, this.high / 2];
    const mark = this.querySelector("[data-mark]");
    mark.setAttribute("cx", x);
    mark.setAttribute("cy", y);
    this.cut("lead", leadCut(this.wide, this.high, focus));
    this.cut("card", cardCut(this.wide, this.high, focus));
    const share = (part, whole) => Math.round((100 * part) / whole);
    this.handle.setAttribute("aria-label", this.dataset.said.replace("{x}", share(x, this.wide)).replace("{y}", share(y, this.high)));
    this.middle.disabled = !this.point;
  }

  cut(name, part) {
    const view = this.querySelector(`[data-cut=${name}]`);
    if (view && part) view.setAttribute("viewBox", part.join(" "));
  }
}

customElements.define("tz-focus", PictureFocus);
