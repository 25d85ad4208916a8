// Lists that people put in order: by dragging a handle (mouse, pen or finger) or by arrow keys on it.
// Without this script the buttons beside each item do the same, one page load at a time.

const items = (list) => [...list.querySelectorAll(":scope > [data-item]")];

export function showScripted(root) {
  for (const element of root.querySelectorAll("[data-scripted]")) element.hidden = false;
}

function say(list, item) {
  const live = list.closest("form").querySelector("[data-live]");
  if (!live) return;
  const place = items(list).indexOf(item) + 1;
  live.textContent = list.dataset.moved.replace("%title%", item.dataset.title).replace("%place%", place);
}

function tell(list, item) {
  say(list, item);
  list.dispatchEvent(new CustomEvent("rearranged", { bubbles: true }));
}

export function move(list, item, to) {
  const all = items(list);
  const from = all.indexOf(item);
  const target = Math.max(0, Math.min(all.length - 1, to));
  if (from === -1 || target === from) return false;
  if (target < from) all[target].before(item);
  else all[target].after(item);
  tell(list, item);
  return true;
}

export function placeOf(list, item) {
  return items(list).indexOf(item);
}

// The dragged item itself never leaves its place in the document, or the browser would let go of the pointer:
// the others move past it.
function pass(item, other) {
  const down = item.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  const side = down ? "nextElementSibling" : "previousElementSibling";
  while (item[side]) {
    const next = item[side];
    if (down) item.before(next);
    else item.after(next);
    if (next === other) return;
  }
}

function drag(list, item, event) {
  const before = items(list).indexOf(item);
  item.classList.add("tz-pin--dragged");
  const follow = (moved) => {
    if (moved.pointerId !== event.pointerId) return;
    const y = moved.clientY;
    const past = items(list).filter((other) => {
      if (other === item) return false;
      const box = other.getBoundingClientRect();
      const middle = box.top + box.height / 2;
      const below = item.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
      return below ? y > middle : y < middle;
    });
    for (const other of past) pass(item, other);
  };
  const end = () => {
    item.classList.remove("tz-pin--dragged");
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    if (items(list).indexOf(item) !== before) tell(list, item);
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}

const STEPS = { ArrowUp: (at) => at - 1, ArrowDown: (at) => at + 1, Home: () => 0, End: () => Infinity };

export function orderable(root) {
  root.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    drag(handle.closest("[data-orderable]"), handle.closest("[data-item]"), event);
  });
  root.addEventListener("keydown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || !STEPS[event.key]) return;
    event.preventDefault();
    const list = handle.closest("[data-orderable]");
    const item = handle.closest("[data-item]");
    move(list, item, STEPS[event.key](placeOf(list, item)));
    handle.focus();
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=act]");
    const step = { up: -1, down: 1 }[button?.value.split(":")[0]];
    const item = button?.closest("[data-item]");
    if (!step || !item) return;
    event.preventDefault();
    const list = item.closest("[data-orderable]");
    move(list, item, placeOf(list, item) + step);
    button.focus();
  });
}

// Ask before a changed form is left.
export function guard(form) {
  let changed = false;
  form.addEventListener("rearranged", () => (changed = true));
  form.addEventListener("changed", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
