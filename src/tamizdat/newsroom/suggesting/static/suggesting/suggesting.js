// Suggestions go into the field without loading the screen anew, by a click or by Alt and a number; and when a machine's
// draft is there, the screen says so. Without this file the same buttons work as buttons of the form.

const field = (element) => element.closest(".beside-row").querySelector("textarea");

const put = (button) => {
  const into = field(button);
  into.value = button.dataset.suggestion;
  into.rows = Math.max(into.rows, Math.min(12, Math.ceil(into.value.length / 60)));
  into.focus();
  into.dispatchEvent(new Event("input", { bubbles: true }));
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-suggestion]");
  if (button) {
    event.preventDefault();
    put(button);
  }
});

document.addEventListener("keydown", (event) => {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (!digit || !event.altKey || event.ctrlKey || event.metaKey || !event.target.matches(".beside-row textarea")) return;
  const buttons = event.target.closest(".beside-row").querySelectorAll("button[data-suggestion]");
  const button = buttons[Number(digit[1]) - 1];
  if (button) {
    event.preventDefault();
    put(button);
  }
});

const waiting = document.querySelector("[data-machine-state]");

const look = async () => {
  const answer = await fetch(waiting.dataset.machineState, { headers: { Accept: "application/json" } }).catch(() => null);
  const found = answer && answer.ok ? await answer.json() : null;
  if (found && found.state !== "waiting") {
    // What was typed stays: the person loads the screen anew when it suits.
    const again = Object.assign(document.createElement("a"), { href: location.pathname, textContent: waiting.dataset.load });
    waiting.replaceChildren(found.state === "done" ? `${waiting.dataset.there} ` : `${waiting.dataset.failed} `, again);
    return;
  }
  setTimeout(look, 2000);
};

if (waiting) look();
