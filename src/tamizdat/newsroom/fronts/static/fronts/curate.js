// The screen of one front page: order, search and proof without leaving the page.
import { guard, orderable, showScripted } from "./orderable.js";

const PAUSE = 350;

function proof(form) {
  const sheet = form.querySelector("[data-sheet]");
  const state = form.querySelector("[data-state]");
  let timer = 0;
  let scrolled = 0;
  const address = () => {
    const url = new URL(form.dataset.proof, window.location.href);
    const now = Date.now();
    for (const pin of form.querySelectorAll("input[name=pin]")) {
      const until = pin.closest("[data-item]").querySelector("input[type=datetime-local]")?.value;
      if (!until || new Date(`${until}Z`) > now) url.searchParams.append("pin", pin.value);
    }
    return url.href;
  };
  sheet.addEventListener("load", () => {
    state.textContent = state.dataset.done;
    sheet.contentWindow?.scrollTo(0, scrolled);
  });
  const fit = () => {
    const width = Number(form.querySelector("[data-width][aria-pressed=true]").dataset.width);
    const scale = Math.min(1.2, sheet.parentElement.clientWidth / width);
    sheet.style.inlineSize = `${width}px`;
    sheet.style.blockSize = `${sheet.parentElement.clientHeight / scale}px`;
    sheet.style.transform = `scale(${scale})`;
  };
  form.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-width]");
    if (!chosen) return;
    for (const button of form.querySelectorAll("[data-width]")) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
    fit();
  });
  window.addEventListener("resize", fit);
  fit();
  return () => {
    window.clearTimeout(timer);
    state.textContent = state.dataset.busy;
    timer = window.setTimeout(() => {
      scrolled = sheet.contentWindow?.scrollY ?? 0;
      sheet.contentWindow?.location.replace(address());
    }, PAUSE);
  };
}

// Do what a button does, and take from the answer what stands in the places marked data-swap.
async function act(form, value) {
  const data = new FormData(form);
  data.set("act", value);
  const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const place of form.querySelectorAll("[data-swap]")) {
    const fresh = page.getElementById(place.id);
    if (fresh) place.replaceChildren(...document.importNode(fresh, true).childNodes);
  }
  showScripted(form);
}

for (const form of document.querySelectorAll("[data-front]")) {
  showScripted(form);
  orderable(form);
  guard(form);
  const press = proof(form);
  const refresh = () => {
    press();
    form.dispatchEvent(new CustomEvent("changed"));
  };
  form.addEventListener("rearranged", press);
  form.addEventListener("change", (event) => event.target.type === "datetime-local" && refresh());
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=act]");
    const kind = button?.value.split(":")[0];
    if (!["add", "drop", "find"].includes(kind)) return;
    event.preventDefault();
    act(form, button.value).then(
      () => kind !== "find" && refresh(),
      () => form.requestSubmit(button),
    );
  });
  let typing = 0;
  const find = form.querySelector("#front-find");
  find.addEventListener("input", () => {
    window.clearTimeout(typing);
    typing = window.setTimeout(() => act(form, "find").catch(() => {}), PAUSE);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    act(form, "find").catch(() => {});
  });
}
