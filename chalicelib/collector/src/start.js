/**
 * The last of all: the global appears, the features start, and calls that were made before are repeated.
 */
import { api } from "./api.js";
import { config } from "./config.js";
import { all, doc, quietly, win } from "./guest.js";
import { starters } from "./lists.js";

quietly(() => {
  const tag = (doc.currentScript || {}).dataset || {};
  config.url = tag.endpoint || config.url;
  config.name = tag.global || config.name;
  config.early = win[config.name] || [];
  /* What is no queue is this collector, included a second time, or the page's own. */
  if (!Array.isArray(config.early)) return;
  Object.keys(api).forEach((method) => (api[method] = quietly(api[method])));
  win[config.name] = api;
  all(starters);
  config.early.forEach(api.push);
})();
