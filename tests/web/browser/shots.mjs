// Pictures of whole pages, for people to look at: job.shots is a list of { url, file, width, scheme }.

import { main, tab } from "./chromium.mjs";

async function shoot(browser, { shots }) {
  for (const { url, file, width, scheme } of shots) {
    // A tab of its own for each: one that was open behind others may never be painted.
    const page = await tab(browser, { width, scheme });
    await page.goto(url, { waitUntil: "load" });
    await page.screenshot({ path: file, fullPage: true });
    await page.close();
  }
  return shots.length;
}

await main(import.meta.url, shoot);
