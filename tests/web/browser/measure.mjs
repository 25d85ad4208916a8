// What a reader without scripts gets of every page of a job: width, pictures, style, requests, complaints of the browser.

import { main, tab } from "./chromium.mjs";

function measured() {
  const wide = [...document.querySelectorAll("body *")].filter((each) => {
    const box = each.getBoundingClientRect();
    const scrolled = each.parentElement.closest(".scroll, .masthead nav");
    return !scrolled && box.width > 1 && (box.right > innerWidth + 0.5 || box.left < -0.5);
  });
  return {
    scrollWidth: document.scrollingElement.scrollWidth,
    wide: wide.map((each) => each.outerHTML.slice(0, 160)),
    styled: getComputedStyle(document.body).marginTop === "0px",
    pictures: [...document.images].map((each) => ({
      src: each.currentSrc || each.src,
      there: each.complete && each.naturalWidth > 0,
      width: each.getBoundingClientRect().width,
    })),
  };
}

async function measure(browser, { pages, look }) {
  const page = await tab(browser, look);
  const found = [];
  let requests, said;
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const devtools = await page.createCDPSession();
  await devtools.send("Log.enable");
  devtools.on("Log.entryAdded", ({ entry }) => said.push(entry.text));
  for (const url of pages) {
    [requests, said] = [[], []];
    await page.goto(url, { waitUntil: "load" });
    found.push({ url, requests, said, ...(await page.evaluate(measured)) });
  }
  return found;
}

await main(import.meta.url, measure);
