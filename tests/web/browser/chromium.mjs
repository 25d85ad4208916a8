// Starts a Chromium that asks nobody for anything, runs one job from stdin in it and writes what came of it to stdout.

import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-domain-reliability",
  "--disable-gpu",
  "--disable-sync",
  "--metrics-recording-only",
  "--no-first-run",
  // Whatever is not on this machine does not exist.
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

export async function start(executablePath) {
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return puppeteer.launch({ executablePath, headless: true, args: [...QUIET, ...root], protocolTimeout: 120_000 });
}

/** Opens a tab. `look` is { width, scheme, scripts }: CSS pixels, "light" or "dark", whether pages may run scripts. */
export async function tab(browser, { width = 1280, scheme = "light", scripts = false }) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: width < 600 ? 640 : 900, deviceScaleFactor: 1 });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.setJavaScriptEnabled(scripts);
  return page;
}

/** Runs `work(browser, job)` if `module` is what was started, and prints its result as JSON. */
export async function main(module, work) {
  if (module !== pathToFileURL(argv[1]).href) return;
  const job = JSON.parse(readFileSync(0, "utf-8"));
  const browser = await start(job.chromium);
  try {
    process.stdout.write(JSON.stringify(await work(browser, job)));
  } finally {
    await browser.close();
  }
}
