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

// One request after another, each with what the form says when its turn comes: of two answers that cross, each would
// take back what the other brought. Whoever saves meanwhile saves when all are there.
function inTurn(form) {
  let last = Promise.resolve();
  let waiting = 0;
  form.addEventListener("submit", (event) => {
    if (!waiting) return;
    event.preventDefault();
    last.then(() => form.requestSubmit(event.submitter));
  });
  return (work) => {
    waiting += 1;
    const done = last.then(work).finally(() => (waiting -= 1));
    last = done.catch(() => {});
    return done;
  };
}

// How often somebody has moved a pin or set its end.
function counting(form) {
  let changes = 0;
  form.addEventListener("rearranged", () => (changes += 1));
  form.addEventListener("change", (event) => event.target.type === "datetime-local" && (changes += 1));
  return () => changes;
}

async function ask(form, value) {
  const data = new FormData(form);
  data.set("act", value);
  const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function swap(form, page, selector) {
  for (const place of form.querySelectorAll(selector)) {
    const fresh = page.getElementById(place.id);
    if (fresh) place.replaceChildren(...document.importNode(fresh, true).childNodes);
  }
  showScripted(form);
}

// Do what a button does, and take from the answer what stands in the places marked data-swap. An answer to what the
// form said before somebody moved a pin is not taken: it is asked for again.
async function act(form, value, changes) {
  let page;
  let before;
  do {
    before = changes();
    page = await ask(form, value);
  } while (changes() !== before);
  swap(form, page, "[data-swap]");
}

// The same with a whole page; the button itself may have been replaced since it was pressed.
function submitAct(form, value) {
  const input = document.createElement("input");
  [input.type, input.name, input.value] = ["hidden", "act", value];
  form.append(input);
  form.requestSubmit();
}

for (const form of document.querySelectorAll("[data-front]")) {
  showScripted(form);
  orderable(form);
  guard(form);
  const press = proof(form);
  const changes = counting(form);
  const turn = inTurn(form);
  const refresh = () => {
    press();
    form.dispatchEvent(new CustomEvent("changed"));
  };
  let looks = 0;
  const look = () => {
    const mine = (looks += 1);
    const words = async () => mine === looks && swap(form, await ask(form, "find"), "#front-found");
    return turn(words).catch(() => {});
  };
  form.addEventListener("rearranged", press);
  form.addEventListener("change", (event) => event.target.type === "datetime-local" && refresh());
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=act]");
    const { value } = button ?? {};
    const kind = value?.split(":")[0];
    if (!["add", "drop", "find"].includes(kind)) return;
    event.preventDefault();
    if (kind === "find") look();
    else turn(() => act(form, value, changes)).then(refresh, () => submitAct(form, value));
  });
  let typing = 0;
  const find = form.querySelector("#front-find");
  find.addEventListener("input", () => {
    window.clearTimeout(typing);
    typing = window.setTimeout(look, PAUSE);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    look();
  });
}
