// Every page of a job on paper: what is left of its text, what is still shown of its ways, and the PDF, in base 64.

import { main, tab } from "./chromium.mjs";

function shown() {
  const seen = (element) => element.checkVisibility({ checkVisibilityCSS: true });
  return {
    text: document.body.innerText,
    ways: [...document.querySelectorAll("nav, .skip")].filter(seen).map((each) => each.outerHTML.slice(0, 160)),
    wide: document.scrollingElement.scrollWidth > innerWidth,
    ground: getComputedStyle(document.body).backgroundColor,
  };
}

async function print(browser, { pages }) {
  const found = [];
  for (const url of pages) {
    // Printed at night: paper is white all the same.
    const page = await tab(browser, { width: 794, scheme: "dark" });
    await page.goto(url, { waitUntil: "load" });
    const pdf = await page.pdf({ format: "A4", printBackground: true });
    await page.emulateMediaType("print");
    found.push({ url, pdf: Buffer.from(pdf).toString("base64"), ...(await page.evaluate(shown)) });
    await page.close();
  }
  return found;
}

await main(import.meta.url, print);
