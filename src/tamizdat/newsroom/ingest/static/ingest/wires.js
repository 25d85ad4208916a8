// The list of wires with a keyboard: j and k go down and up, Enter opens beside the list, d makes a draft.
const list = document.querySelector("[data-wires]");
const pane = document.getElementById("wires-pane");
const links = () => [...list.querySelectorAll("a[data-pane]")];

async function open(link) {
  const row = link.closest("li");
  const answer = await fetch(link.dataset.pane, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok || answer.redirected) {
    location.href = link.href;
    return;
  }
  pane.innerHTML = await answer.text();
  pane.scrollTop = 0;
  for (const each of list.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.classList.remove("wires-unread");
  history.replaceState(null, "", link.href);
  if (matchMedia("(max-width: 50em)").matches) pane.scrollIntoView();
}

function go(step) {
  const all = links();
  const at = all.indexOf(document.activeElement);
  const current = at < 0 ? all.findIndex((link) => link.closest("li").hasAttribute("aria-current")) : at;
  const next = all[Math.min(Math.max(current + step, 0), all.length - 1)];
  if (next) next.focus();
}

if (list && pane) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pane]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "d") pane.querySelector("[data-take]")?.click();
    else return;
    event.preventDefault();
  });
}
