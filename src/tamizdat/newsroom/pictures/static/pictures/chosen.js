// What readers will see of the lead picture that is chosen. Without this script, of the one that was saved.

class ChosenPicture extends HTMLElement {
  connectedCallback() {
    this.chooser = this.querySelector(".chooser");
    this.input = this.querySelector("input[type=hidden]");
    this.box = this.querySelector("[data-cuts]");
    if (!this.chooser || !this.input) return;
    this.shown = this.input.value;
    new MutationObserver(() => this.follow()).observe(this.chooser, { attributes: true, attributeFilter: ["class", "src"], subtree: true });
  }

  async follow() {
    const key = this.input.value;
    if (key === this.shown) return;
    this.shown = key;
    this.box.replaceChildren();
    if (!key) return;
    const answer = await fetch(this.dataset.url.replace("/0/", `/${key}/`));
    if (!answer.ok || this.shown !== key) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.box.replaceChildren(...read.body.childNodes);
  }
}

customElements.define("tz-chosen", ChosenPicture);
