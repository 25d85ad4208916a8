// Choosing a language by writing in it, and watching news go out.
const EVERY = 1000;

for (const column of document.querySelectorAll(".tz-column")) {
  column.addEventListener("input", (event) => {
    if (event.target.matches("input[type=text], textarea")) column.querySelector("[data-choose]").checked = true;
  });
}
document.querySelector("input[name=own]")?.addEventListener("input", () => {
  document.querySelector("input[name=until][value=own]").checked = true;
});

async function look() {
  const place = document.querySelector("[data-refresh]");
  if (!place?.querySelector("[data-waiting]") || place.querySelector("details[open]")) return;
  const address = new URL(window.location.href);
  address.searchParams.set("anew", ""); // that nobody pressed anything: a page left open keeps no session alive
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(place.id);
  if (fresh) place.replaceChildren(...document.importNode(fresh, true).childNodes);
}
window.setInterval(() => look().catch(() => {}), EVERY);
