// Wagtail looks at a form for the first time two seconds after it opened, and takes what stands there then for saved.
// Whoever typed before that would have nothing kept: so it is told that there is something to keep.
(() => {
  const typed = new WeakSet();

  const note = (event) => {
    const form = event.isTrusted && event.target.closest?.("[data-edit-form]");
    if (form) typed.add(form);
  };
  for (const kind of ["input", "change", "paste", "drop"]) document.addEventListener(kind, note, true);

  document.addEventListener("w-unsaved:watch-edits", (event) => {
    const form = event.target;
    if (!typed.has(form)) return;
    typed.delete(form);
    // Not at once: while it looks again after a save, it is about to take this back.
    queueMicrotask(() => form.setAttribute("data-w-unsaved-force-value", "true"));
  });
  // From then on Wagtail sees for itself.
  document.addEventListener("w-unsaved:add", (event) => typed.delete(event.target));

  // Wagtail tries again by itself when there is no network, not when the server answers that it could not: a database
  // that is busy, or a proxy before a newsroom that starts anew, would leave the last words unsaved until the next key.
  const LONGEST_SECONDS = 60;
  let failures = 0;
  let waiting = 0;
  document.addEventListener("w-autosave:error", ({ target, detail }) => {
    if (detail.type !== "server_error") return;
    failures += 1;
    const again = () => target.dispatchEvent(new CustomEvent("w-unsaved:add", { bubbles: true, detail: { type: "edits" } }));
    clearTimeout(waiting);
    waiting = setTimeout(again, 1_000 * Math.min(LONGEST_SECONDS, 2 ** failures));
  });
  document.addEventListener("w-autosave:success", () => {
    failures = 0;
    clearTimeout(waiting);
  });

  // A form that is sent says which version it knows: what it saved by itself is no other's.
  document.addEventListener("w-autosave:success", ({ target, detail }) => {
    const { revision_id, revision_created_at } = detail.data ?? {};
    if (!revision_id || !target.matches?.("[data-edit-form]")) return;
    for (const [name, value] of Object.entries({ revision_id, revision_created_at })) {
      let field = target.elements.namedItem(`loaded_${name}`);
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name: `loaded_${name}` });
        target.append(field);
      }
      field.value = value;
    }
  });

  // A new story begins with its headline.
  document.addEventListener("DOMContentLoaded", () => {
    if (/\/pages\/add\/stories\/storypage\//.test(location.pathname) && document.activeElement === document.body) {
      document.getElementById("id_title")?.focus({ preventScroll: true });
    }
  });
})();
