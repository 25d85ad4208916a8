// What readers will get of what is chosen, a lead picture or a recording.
// Without this script, of the lead picture that was saved.

class Chosen extends HTMLElement {
  connectedCallback() {
    this.chooser = this.querySelector(".chooser");
    this.input = this.querySelector("input[type=hidden]");
    this.box = this.querySelector("[data-about]");
    if (!this.chooser || !this.input) return;
    this.shown = "";
    this.follow();
    new MutationObserver(() => this.follow()).observe(this.chooser, { attributes: true, attributeFilter: ["class", "href", "src"], childList: true, subtree: true });
  }

  async follow() {
    const key = this.input.value;
    if (key === this.shown) return;
    // What the page came with stays until there is more to say: only answers are made for whoever asks.
    if (this.shown || !key) this.box.replaceChildren();
    this.shown = key;
    if (!key) return;
    const answer = await fetch(this.dataset.url.replace("/0/", `/${key}/`));
    if (!answer.ok || this.shown !== key) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.box.replaceChildren(...read.body.childNodes);
  }
}

customElements.define("tz-chosen", Chosen);
