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

  // A new story begins with its headline.
  document.addEventListener("DOMContentLoaded", () => {
    if (/\/pages\/add\/stories\/storypage\//.test(location.pathname) && document.activeElement === document.body) {
      document.getElementById("id_title")?.focus({ preventScroll: true });
    }
  });
})();
