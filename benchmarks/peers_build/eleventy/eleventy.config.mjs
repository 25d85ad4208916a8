// The same newspaper for Eleventy.
import { readFileSync } from "node:fs";

const paper = JSON.parse(readFileSync(new URL("paper.json", import.meta.url), "utf8"));
const LISTED = 30;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December"];

const day = (text) => `${+text.slice(8, 10)} ${MONTHS[+text.slice(5, 7) - 1]} ${text.slice(0, 4)}`;
const moment = (text) => `${day(text)}, ${text.slice(11, 16)} UTC`;
const slug = (text) => text.replaceAll(" ", "-");
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

/** schema.org NewsArticle. */
function linked(story) {
  const found = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    headline: story.title,
    inLanguage: "en",
    datePublished: story.published,
    dateModified: story.changed ?? story.published,
    publisher: paper.publisher,
    isAccessibleForFree: true,
    mainEntityOfPage: `${paper.base}en/${story.path}`,
  };
  if (story.lead) found.description = story.lead;
  found.author = story.byline.map((name) => ({ "@type": "Person", name }));
  if (story.dateline) found.dateline = story.dateline;
  if (story.picture) {
    found.image = [320, 640, 1280].map((width) => `${paper.base}pictures/${story.picture.file}-500-500-${width}.jpg`);
  }
  found.keywords = story.topics;
  if (story.corrections) {
    found.correction = story.corrections.map(({ at, text }) => ({ "@type": "CorrectionComment", text, datePublished: at }));
  }
  return JSON.stringify(found).replaceAll("<", "\\u003c");
}

/** Items by what `names` says of each, newest first. */
function grouped(items, names) {
  const groups = new Map();
  for (const item of items) {
    for (const name of names(item.data.story)) {
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(item);
    }
  }
  return groups;
}

const newest = (api) => api.getFilteredByGlob("content/**/*.md").sort((a, b) => (a.data.story.published < b.data.story.published ? 1 : -1));

/** The pages of one list. */
function* pages(first, heading, feed, items, corrections = false) {
  const count = Math.ceil(items.length / LISTED);
  const path = (number) => (number === 1 ? `${first}.html` : `${first}/${number}.html`);
  for (let number = 1; number <= count; number++) {
    yield {
      path: path(number),
      up: "../".repeat(path(number).split("/").length - 1),
      heading,
      feed,
      corrections,
      stories: items.slice((number - 1) * LISTED, number * LISTED).map((item) => item.data.story),
      newer: number > 1 && path(number - 1),
      older: number < count && path(number + 1),
    };
  }
}

export default function (config) {
  config.addGlobalData("paper", paper);
  config.setNunjucksEnvironmentOptions({ trimBlocks: true, lstripBlocks: true });
  config.setTemplateFormats(["md", "njk"]);
  for (const [name, filter] of Object.entries({ day, moment, linked, slug })) config.addNunjucksFilter(name, filter);
  config.addNunjucksFilter("json", (value) => JSON.stringify(value));
  config.addNunjucksFilter("taken", (list, from, to) => list.slice(from, to));
  config.addNunjucksFilter("stories", (items, from, to) => items.slice(from, to).map(({ data }) => data.story));
  config.addNunjucksFilter("words", (html) => html.replace(/<[^>]+>/g, "").slice(0, 200));
  config.addNunjucksFilter("escaped", escaped);

  let topics = new Map();
  config.addCollection("stories", (api) => newest(api));
  config.addCollection("lists", (api) => {
    const items = newest(api);
    const found = [];
    for (const [desk, inside] of grouped(items, (story) => story.desks)) {
      const label = paper.desks.find(({ id }) => id === desk).label;
      found.push(...pages(`s/${desk}`, label, `s/${desk}.atom.xml`, inside));
    }
    for (const [month, inside] of grouped(items, (story) => [story.month])) {
      found.push(...pages(`archive/${month}`, month, "feed.atom.xml", inside));
    }
    topics = grouped(items, (story) => story.topics);
    for (const [topic, inside] of topics) found.push(...pages(`t/${slug(topic)}`, topic, "feed.atom.xml", inside));
    found.push(...pages("corrections", "Corrections", "feed.atom.xml", items.filter(({ data }) => data.story.corrections), true));
    return found;
  });
  config.addCollection("months", (api) => {
    const months = grouped(newest(api), (story) => [story.month]);
    return [...months].map(([name, inside]) => ({ name, count: inside.length }));
  });
  config.addCollection("bands", (api) => {
    const desks = grouped(newest(api), (story) => story.desks);
    return paper.desks.map((desk) => ({ ...desk, stories: (desks.get(desk.id) ?? []).slice(0, 4).map(({ data }) => data.story) }));
  });
  config.addCollection("feeds", (api) => {
    const items = newest(api);
    const found = [{ path: "feed.", page: "index.html", title: paper.name, items: items.slice(0, LISTED) }];
    for (const [desk, inside] of grouped(items, (story) => story.desks)) {
      found.push({ path: `s/${desk}.`, page: `s/${desk}.html`, title: `${paper.name}: ${desk}`, items: inside.slice(0, LISTED) });
    }
    return found;
  });
  config.addCollection("archives", (api) => {
    const months = grouped(newest(api), (story) => [story.month]);
    return [...months].map(([name, items]) => ({ path: `archive/${name}.`, page: `archive/${name}.html`, title: name, items }));
  });
  // Up to two newer and three older stories of the first topic.
  config.addNunjucksFilter("related", (story) => {
    const around = topics.get(story.topics[0]);
    const at = around.findIndex(({ data }) => data.story.id === story.id);
    return [...around.slice(Math.max(0, at - 2), at), ...around.slice(at + 1, at + 4)].map(({ data }) => data.story);
  });
  return {
    dir: { input: ".", includes: "_includes", output: "public" },
    markdownTemplateEngine: false,
    htmlTemplateEngine: "njk",
  };
}
