/**
 * A page view for each navigation within the page: pushState, replaceState, back and forth, and, when asked, the hash.
 */
import { config } from "./config.js";
import { record } from "./events.js";
import { later, listen, loc, quietly, win } from "./guest.js";
import { leavers, starters } from "./lists.js";

const SETTLING = 50; // milliseconds that a page has to set the title of a view

const place = () => (config.hash ? loc.href : loc.href.split("#")[0]);

let seen = place();
let view;

/* The view is recorded late, with the title that it has got meanwhile. */
const conclude = () => {
  if (view) record("page", {}, view[0], view[1]);
  view = 0;
};

const navigated = quietly(() => {
  const referrer = seen;
  seen = place();
  if (seen == referrer) return;
  conclude();
  view = [{ timestamp: new Date() }, { url: loc.href, referrer }];
  later(conclude, SETTLING);
});

leavers.push(conclude);
starters.push(() => {
  if (win.navigation) return listen(win.navigation, "currententrychange", navigated);
  /* Browsers without the Navigation API say nothing of pushState: it is called through, as it was called. */
  ["pushState", "replaceState"].forEach((method) => {
    const original = history[method];
    history[method] = function () {
      const result = original.apply(this, arguments);
      navigated();
      return result;
    };
  });
  listen(win, "popstate", navigated);
  listen(win, "hashchange", navigated);
});
