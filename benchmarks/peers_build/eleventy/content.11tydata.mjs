// For every file in content/.
export default {
  layout: "story.njk",
  permalink: (data) => `/${data.story.path}`,
};
