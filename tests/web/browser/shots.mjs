// Pictures of whole pages, for people to look at: job.shots is a list of { url, file, width, scheme }.

import { main, tab } from "./chromium.mjs";

async function shoot(browser, { shots }) {
  const tabs = {};
  for (const { url, file, width, scheme } of shots) {
    const page = (tabs[`${width} ${scheme}`] ??= await tab(browser, { width, scheme }));
    await page.goto(url, { waitUntil: "load" });
    await page.screenshot({ path: file, fullPage: true });
  }
  return shots.length;
}

await main(import.meta.url, shoot);
