// Every page of a job by keyboard alone: what Tab reaches, one after the other, and how it looks when it is there.

import { main, tab } from "./chromium.mjs";

const MOST = 400;
// The browser's own player has several stops inside; they count as one.
const STOPS = "a[href], [tabindex], summary, audio";

function focused(stops) {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return {
    at: [...document.querySelectorAll(stops)].indexOf(element),
    href: element.getAttribute("href") ?? "",
    skip: element.classList.contains("skip"),
    // A link around a picture or a whole card may be taller than the window; some of it must be in sight.
    inSight: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}

async function walk(browser, { pages, look }) {
  const page = await tab(browser, look);
  const found = [];
  for (const url of pages) {
    await page.goto(url, { waitUntil: "load" });
    const stops = [];
    for (let step = 0; step < MOST; step += 1) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(focused, STOPS);
      if (stop !== null && stops.length > 1 && stop.at === stops[stops.length - 1].at) continue;
      if (stop === null || (stops.length && stop.at === stops[0].at)) break;
      stops.push(stop);
    }
    const all = await page.evaluate((stops) => document.querySelectorAll(stops).length, STOPS);
    // Where the first stop skips to the news, what comes after it is inside them.
    let skipped = null;
    if (stops[0]?.skip) {
      await page.goto(url, { waitUntil: "load" });
      for (const key of ["Tab", "Enter", "Tab"]) await page.keyboard.press(key);
      skipped = await page.evaluate(() => document.activeElement.closest("main, footer") !== null);
    }
    found.push({ url, all, stops, skipped });
  }
  return found;
}

await main(import.meta.url, walk);
