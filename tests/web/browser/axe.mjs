// axe-core on every page of a job, in each of its looks. Says what axe found broken, and what it could not judge.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { main, tab } from "./chromium.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");

async function judge(browser, { pages, looks, rules }) {
  const found = [];
  for (const look of looks) {
    const page = await tab(browser, { ...look, scripts: true });
    await page.setBypassCSP(true);
    for (const url of pages) {
      await page.goto(url, { waitUntil: "load" });
      await page.evaluate(AXE);
      const result = await page.evaluate((wanted) => axe.run(document, { rules: wanted }), rules);
      for (const kind of ["violations", "incomplete"]) {
        for (const { id, help, nodes } of result[kind]) {
          for (const { target, html, failureSummary } of nodes) {
            found.push({ url, ...look, kind, rule: id, help, target: target.join(" "), html, why: failureSummary });
          }
        }
      }
      found.push({ url, ...look, kind: "passes", rules: result.passes.map((each) => each.id) });
    }
    await page.close();
  }
  return found;
}

await main(import.meta.url, judge);
