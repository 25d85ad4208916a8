// Lighthouse on every page of a job: the score of each category, and every audit that was not passed.

import lighthouse from "lighthouse";
import { main } from "./chromium.mjs";

const CATEGORIES = ["accessibility", "best-practices", "seo"];

async function judge(browser, { pages }) {
  const found = [];
  for (const url of pages) {
    const page = await browser.newPage();
    const settings = {
      onlyCategories: CATEGORIES,
      disableFullPageScreenshot: true,
      // Pages run no script, so that nothing happens after they are loaded.
      pauseAfterFcpMs: 0,
      pauseAfterLoadMs: 0,
      networkQuietThresholdMs: 0,
      cpuQuietThresholdMs: 0,
      maxWaitForLoad: 60_000,
    };
    const { lhr } = await lighthouse(url, { logLevel: "error" }, { extends: "lighthouse:default", settings }, page);
    const scores = Object.fromEntries(CATEGORIES.map((name) => [name, lhr.categories[name].score]));
    const failed = Object.values(lhr.audits)
      .filter(({ score, scoreDisplayMode }) => scoreDisplayMode === "error" || (score !== null && score < 1))
      .map(({ id, title, score, scoreDisplayMode, details }) => ({ id, title, score, scoreDisplayMode, items: details?.items }));
    found.push({ url, scores, failed, trouble: lhr.runtimeError?.message ?? null });
    await page.close();
  }
  return found;
}

await main(import.meta.url, judge);
