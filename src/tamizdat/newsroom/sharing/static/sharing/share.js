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

// A picture with the headline on it, drawn here: browsers shape every script, whatever is installed on the server.
const FONT = '"Noto Sans", "Noto Sans Arabic", "Noto Naskh Arabic", "Segoe UI", Tahoma, system-ui, sans-serif';
const EDGE = 72;
const MOST_LINES = 4;

function linesOf(context, text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function fitted(context, text, width) {
  for (let size = 76; ; size -= 4) {
    context.font = `700 ${size}px ${FONT}`;
    const lines = linesOf(context, text, width);
    const fits = lines.length <= MOST_LINES && lines.every((line) => context.measureText(line).width <= width);
    if (fits || size <= 32) return { lines: lines.slice(0, MOST_LINES + 2), size };
  }
}

function draw(canvas, picture) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const { headline, name, credit, colour } = canvas.dataset;
  const isRightToLeft = canvas.dir === "rtl";
  const start = isRightToLeft ? width - EDGE : EDGE;
  const end = width - start;
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  if (picture) {
    const scale = Math.max(width / picture.naturalWidth, height / picture.naturalHeight);
    const [wide, high] = [picture.naturalWidth * scale, picture.naturalHeight * scale];
    context.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
    const shade = context.createLinearGradient(0, height * 0.15, 0, height);
    shade.addColorStop(0, "rgb(0 0 0 / 0%)");
    shade.addColorStop(0.5, "rgb(0 0 0 / 62%)");
    shade.addColorStop(1, "rgb(0 0 0 / 90%)");
    context.fillStyle = shade;
    context.fillRect(0, 0, width, height);
  }
  context.direction = canvas.dir;
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
  context.fillStyle = "#fff";
  const foot = height - 56;
  const { lines, size } = fitted(context, headline, width - 2 * EDGE);
  const step = size * (isRightToLeft ? 1.45 : 1.22);
  const top = picture ? foot - 74 - step * (lines.length - 1) : (height - 90 - step * (lines.length - 1)) / 2 + size * 0.3;
  lines.forEach((line, at) => context.fillText(line, start, top + at * step));
  context.fillStyle = picture ? colour : "#fff";
  context.fillRect(isRightToLeft ? start - 96 : start, top - size * 1.35, 96, 8);
  context.fillStyle = "#fff";
  context.font = `700 34px ${FONT}`;
  context.fillText(name, start, foot);
  if (credit) {
    context.font = `400 22px ${FONT}`;
    context.textAlign = "end";
    context.fillText(credit, end, foot, width / 2 - EDGE);
  }
}

async function show(figure) {
  const canvas = figure.querySelector("canvas");
  let picture = null;
  if (canvas.dataset.picture) {
    picture = new Image();
    picture.src = canvas.dataset.picture;
    try {
      await picture.decode();
    } catch {
      picture = null;
    }
  }
  draw(canvas, picture);
  figure.hidden = false;
  figure.parentElement.querySelector(".share-picture")?.remove();
}

document.querySelectorAll(".share-card").forEach(show);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-saves]");
  if (!button) return;
  document.getElementById(button.dataset.saves).toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = button.dataset.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }, "image/png");
});
