"use strict";
// Copies a message. Without this script it can be selected and copied by hand.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const area = document.getElementById(button.dataset.copies);
  area.select();
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    document.execCommand("copy");
  }
  button.textContent = button.dataset.done;
});
