// How far an import is, asked for while it runs.
const place = document.getElementById("moving-progress");

async function look() {
  if (!place?.querySelector("[data-running]")) return;
  try {
    const answer = await fetch(place.dataset.progress, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
  } finally {
    setTimeout(look, 1500);
  }
}

setTimeout(look, 1000);
